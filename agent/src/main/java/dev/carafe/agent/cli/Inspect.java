package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.ContainerStatusResponse;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ImageStatusResponse;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.PodSandboxStatusResponse;
import io.grpc.Status;
import java.io.PrintStream;
import java.util.Map;

/** {@code carafe inspect}: a status and the runtime's own details, as one JSON document. */
final class Inspect {
  private final Client client;
  private final PrintStream out;
  private final ObjectMapper json = new ObjectMapper();

  Inspect(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Looks among containers, then pods, then images. */
  void print(String text) {
    Things things = new Things(client);
    Container container = things.container(text);
    if (container != null) {
      out.println(container(container.getId()).toPrettyString());
      return;
    }
    PodSandbox pod = things.pod(text);
    if (pod != null) {
      out.println(pod(pod.getId()).toPrettyString());
      return;
    }
    out.println(image(text).toPrettyString());
  }

  private ObjectNode container(String id) {
    ContainerStatusResponse status =
        client.runtime(s ->
            s.containerStatus(
                ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build()));
    return document("container", status.getStatus(), status.getInfoMap());
  }

  private ObjectNode pod(String id) {
    PodSandboxStatusResponse status =
        client.runtime(s ->
            s.podSandboxStatus(
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build()));
    return document("pod", status.getStatus(), status.getInfoMap());
  }

  private ObjectNode image(String name) {
    ImageStatusResponse status =
        client.images(s ->
            s.imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(name))
                    .setVerbose(true)
                    .build()));
    if (!status.hasImage()) {
      throw Status.NOT_FOUND
          .withDescription("\"" + name + "\" is no container, pod or image of this node")
          .asRuntimeException();
    }
    return document("image", status.getImage(), status.getInfoMap());
  }

  private ObjectNode document(String kind, Message status, Map<String, String> info) {
    ObjectNode node = json.createObjectNode();
    node.put("kind", kind);
    node.set("status", tree(text(status)));
    ObjectNode details = node.putObject("info");
    info.forEach((key, value) -> details.set(key, tree(value)));
    return node;
  }

  private static String text(Message message) {
    try {
      return JsonFormat.printer().print(message);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException("no message of CRI has an Any", impossible);
    }
  }

  private JsonNode tree(String text) {
    try {
      return json.readTree(text);
    } catch (JsonProcessingException notJson) {
      return json.getNodeFactory().textNode(text);
    }
  }
}
