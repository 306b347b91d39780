package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.ReloadOutcome;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ContainerStore;
import dev.carafe.agent.container.ContainerTable;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.network.Attachment;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.CniException;
import dev.carafe.agent.network.CniResult;
import dev.carafe.agent.network.NetworkReadiness;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.record.ProtoJson;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.lsm.LsmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What verbose answers carry beside the CRI's fields, as JSON in the shape that tools parse: pid,
 * config, runtimeSpec of a container, cniResult of a pod, imageSpec of an image. Thread-safe.
 */
public final class VerboseInfo {
  private static final String RUNTIME_TYPE = "carafe";

  private final Supplier<CarafeConfig> config;
  private final Supplier<@Nullable ReloadOutcome> lastReload;
  private final CgroupDriver cgroups;
  private final AppArmor appArmor;
  private final ContainerStore containers;
  private final ContainerTable table;
  private final ImageService images;
  private final RdtPlacement rdt;
  private final Cni cni;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * Details from these.
   *
   * @param config what is in force
   * @param lastReload what came of the last reload; null before the first
   */
  public VerboseInfo(
      Supplier<CarafeConfig> config,
      Supplier<@Nullable ReloadOutcome> lastReload,
      CgroupDriver cgroups,
      AppArmor appArmor,
      ContainerStore containers,
      ContainerTable table,
      ImageService images,
      RdtPlacement rdt,
      Cni cni) {
    this.config = requireNonNull(config, "config is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.lastReload = requireNonNull(lastReload, "lastReload is null");
    this.appArmor = requireNonNull(appArmor, "appArmor is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.table = requireNonNull(table, "table is null");
    this.images = requireNonNull(images, "images is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.cni = requireNonNull(cni, "cni is null");
  }

  String pod(Pod pod) {
    PodState state = pod.state();
    boolean ready = state.phase() == PodState.Phase.READY;
    ObjectNode node = json.createObjectNode();
    node.put("pid", state.initPid());
    node.put("processStatus", ready ? "running" : "deleted");
    node.put("netNamespaceClosed", !ready);
    node.put("runtimeHandler", state.record().runtimeHandler());
    node.put("runtimeType", RUNTIME_TYPE);
    node.put("reason", state.reason());
    node.set("config", ProtoJson.toTree(state.record().config(), json));
    node.set("runtimeSpec", podSpec(pod));
    node.set("cniResult", cniResult(state));
    Map<String, String> ids = new TreeMap<>();
    for (Container each : table.ofPod(pod.id())) {
      ContainerState container = each.state();
      if (container.phase() != ContainerState.Phase.EXITED) {
        ids.put(container.record().config().getMetadata().getName(), container.id());
      }
    }
    node.set("rdt", rdt.view().pod(ids, json));
    return render(node);
  }

  /** The pod's namespaces where tools look for them; those of the host are not listed. */
  private JsonNode podSpec(Pod pod) {
    PodRecord record = pod.state().record();
    ObjectNode spec = json.createObjectNode();
    ArrayNode namespaces = spec.putObject("linux").putArray("namespaces");
    if (!record.hostNetwork()) {
      namespace(namespaces, "network", pod.paths().netns().toString());
      namespace(namespaces, "uts", pod.paths().utsns().toString());
    }
    if (!record.hostIpc()) {
      namespace(namespaces, "ipc", pod.paths().ipcns().toString());
    }
    if (record.ownUser()) {
      namespace(namespaces, "user", pod.paths().userns().toString());
    }
    if (pod.state().initPid() != 0) {
      namespace(namespaces, "pid", "/proc/" + pod.state().initPid() + "/ns/pid");
    }
    return spec;
  }

  private static void namespace(ArrayNode namespaces, String type, String path) {
    namespaces.addObject().put("type", type).put("path", path);
  }

  private JsonNode cniResult(PodState pod) {
    try {
      CniResult result = cni.result(pod.id(), Attachment.DEFAULT_IFNAME);
      return result == null ? json.nullNode() : result.describe();
    } catch (CniException unreadable) {
      return json.createObjectNode().put("error", unreadable.getMessage());
    }
  }

  String container(ContainerState container) {
    ObjectNode node = json.createObjectNode();
    node.put("sandboxID", container.record().podId());
    node.put("pid", container.pid());
    node.put("privileged", container.record().privileged());
    node.put("snapshotter", "overlayfs");
    node.put("snapshotKey", container.id());
    node.put("runtimeType", RUNTIME_TYPE);
    node.set("config", ProtoJson.toTree(container.record().config(), json));
    node.set("runtimeSpec", runtimeSpec(container));
    node.set("rdt", rdt.view().container(container.id(), json));
    return render(node);
  }

  String image(Image image) throws IOException {
    ObjectNode node = json.createObjectNode();
    List<Digest> chain = image.config().chainIds();
    if (!chain.isEmpty()) {
      node.put("chainID", chain.getLast().toString());
    }
    node.set("imageSpec", json.readTree(images.rawConfig(image)));
    return render(node);
  }

  /** The configuration in force; the state directory's name is what critest looks for. */
  String config() {
    ObjectNode node = json.createObjectNode();
    CarafeConfig now = config.get();
    node.put("rootDir", now.root().toString());
    node.put("stateDir", now.state().toString());
    node.put("listen", now.api().listen());
    node.put("cgroupDriver", cgroups instanceof SystemdCgroupDriver ? "systemd" : "cgroupfs");
    node.put("cniConfDir", now.network().confDir().toString());
    node.set("appArmor", appArmor());
    node.set("rdt", rdt.view().node(json));
    node.set("lastReload", reload(lastReload.get()));
    return render(node);
  }

  /** What is known of the network, by the names that containerd has made known. */
  Map<String, String> network(NetworkReadiness network) {
    return Map.of(
        "cniconfig",
        render(network.cniConfig()),
        "lastCNILoadStatus",
        render(TextNode.valueOf(network.lastLoadStatus())));
  }

  private JsonNode reload(@Nullable ReloadOutcome outcome) {
    if (outcome == null) {
      return json.nullNode();
    }
    ObjectNode node = json.createObjectNode();
    node.put("accepted", outcome.accepted());
    node.put("time", outcome.time());
    node.put("message", outcome.message());
    node.putPOJO("needRestart", outcome.needRestart());
    return node;
  }

  private JsonNode appArmor() {
    ObjectNode node = json.createObjectNode().put("enabled", appArmor.enabled());
    if (appArmor.enabled()) {
      try {
        boolean loaded = appArmor.loaded(AppArmor.DEFAULT_PROFILE);
        node.put("defaultProfile", loaded ? AppArmor.DEFAULT_PROFILE : "");
      } catch (LsmException unreadable) {
        node.put("error", unreadable.getMessage());
      }
    }
    return node;
  }

  private JsonNode runtimeSpec(ContainerState container) {
    try {
      return json.readTree(Files.readAllBytes(containers.paths(container.id()).configJson()));
    } catch (NoSuchFileException removedMeanwhile) {
      return json.nullNode();
    } catch (IOException unreadable) {
      return json.createObjectNode().put("error", unreadable.toString());
    }
  }

  private String render(JsonNode node) {
    try {
      return json.writeValueAsString(node);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree always has a text", impossible);
    }
  }
}
