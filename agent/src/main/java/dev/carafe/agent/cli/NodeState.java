package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.Image;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxState;
import dev.carafe.cri.v1.RuntimeCondition;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.cri.v1.StatusResponse;
import dev.carafe.cri.v1.VersionRequest;
import dev.carafe.cri.v1.VersionResponse;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** {@code carafe status}. */
final class NodeState {
  private final Client client;
  private final PrintStream out;
  private final ObjectMapper json = new ObjectMapper();

  NodeState(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Prints it; returns whether every condition holds. */
  boolean print(boolean asJson) {
    VersionResponse version = client.runtime(s -> s.version(VersionRequest.getDefaultInstance()));
    StatusResponse status =
        client.runtime(s -> s.status(StatusRequest.newBuilder().setVerbose(true).build()));
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("version", version.getRuntimeVersion());
    node.put("address", "unix://" + client.socket());
    ObjectNode conditions = node.putObject("conditions");
    for (RuntimeCondition condition : status.getStatus().getConditionsList()) {
      conditions.put(condition.getType(), condition(condition));
    }
    counts(node);
    ObjectNode info = node.putObject("info");
    for (Map.Entry<String, String> entry : status.getInfoMap().entrySet()) {
      info.set(entry.getKey(), tree(entry.getValue()));
    }
    if (asJson) {
      out.println(node.toPrettyString());
    } else {
      text(node);
    }
    return status.getStatus().getConditionsList().stream().allMatch(RuntimeCondition::getStatus);
  }

  private void counts(ObjectNode node) {
    List<PodSandbox> pods =
        client
            .runtime(s -> s.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()))
            .getItemsList();
    node.putObject("pods")
        .put("ready", pods.stream().filter(NodeState::ready).count())
        .put("notReady", pods.stream().filter(pod -> !ready(pod)).count());
    List<Container> containers =
        client
            .runtime(s -> s.listContainers(ListContainersRequest.getDefaultInstance()))
            .getContainersList();
    node.putObject("containers")
        .put("created", in(containers, ContainerState.CONTAINER_CREATED))
        .put("running", in(containers, ContainerState.CONTAINER_RUNNING))
        .put("exited", in(containers, ContainerState.CONTAINER_EXITED));
    List<Image> images =
        client.images(s -> s.listImages(ListImagesRequest.getDefaultInstance())).getImagesList();
    node.putObject("images")
        .put("count", images.size())
        .put("bytes", images.stream().mapToLong(Image::getSize).sum());
  }

  private void text(ObjectNode node) {
    line("carafed", node.path("version").asText() + " at " + node.path("address").asText());
    node.path("conditions")
        .properties()
        .forEach(condition -> line(condition.getKey(), condition.getValue().asText()));
    JsonNode pods = node.path("pods");
    line("pods", pods.path("ready") + " ready, " + pods.path("notReady") + " not ready");
    JsonNode containers = node.path("containers");
    line(
        "containers",
        "%s running, %s created, %s exited"
            .formatted(
                containers.path("running"), containers.path("created"), containers.path("exited")));
    JsonNode images = node.path("images");
    line("images", images.path("count") + ", " + Sizes.disk(images.path("bytes").asLong()));
    JsonNode config = node.path("info").path("config");
    for (String key : List.of("cgroupDriver", "rootDir", "stateDir", "cniConfDir")) {
      if (config.has(key)) {
        line(key, config.path(key).asText());
      }
    }
    problems(config);
  }

  private void problems(JsonNode config) {
    JsonNode rdt = config.path("rdt").path("problem");
    if (rdt.isTextual()) {
      line("rdt", "the classes are not in force: " + rdt.asText());
    }
    JsonNode reload = config.path("lastReload");
    if (reload.path("accepted").isBoolean() && !reload.path("accepted").asBoolean()) {
      line("reload", "refused: " + reload.path("message").asText());
    }
  }

  private void line(String name, String value) {
    out.println("%-14s %s".formatted(name, value));
  }

  private static String condition(RuntimeCondition condition) {
    return condition.getStatus()
        ? "yes"
        : "no: %s: %s".formatted(condition.getReason(), condition.getMessage());
  }

  private static boolean ready(PodSandbox pod) {
    return pod.getState() == PodSandboxState.SANDBOX_READY;
  }

  private static long in(List<Container> containers, ContainerState state) {
    return containers.stream().filter(one -> one.getState() == state).count();
  }

  private JsonNode tree(String text) {
    try {
      return json.readTree(text);
    } catch (JsonProcessingException notJson) {
      return JsonNodeFactory.instance.textNode(text);
    }
  }
}
