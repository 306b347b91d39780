package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.container.ContainerStore;
import dev.carafe.agent.container.RdtPlacement;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.network.Attachment;
import dev.carafe.agent.network.Cni;
import dev.carafe.agent.network.CniException;
import dev.carafe.agent.network.CniResult;
import dev.carafe.agent.network.NetworkReadiness;
import dev.carafe.agent.pod.PodState;
import dev.carafe.agent.record.ProtoJson;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.lsm.LsmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;

/**
 * What verbose answers carry beside the CRI's fields, as JSON in the shape that tools parse: pid,
 * config, runtimeSpec of a container, cniResult of a pod, imageSpec of an image. Thread-safe.
 */
public final class VerboseInfo {
  private final CarafeConfig config;
  private final CgroupDriver cgroups;
  private final AppArmor appArmor;
  private final ContainerStore containers;
  private final ImageService images;
  private final RdtPlacement rdt;
  private final Cni cni;
  private final ObjectMapper json = new ObjectMapper();

  /** Details from these. */
  public VerboseInfo(
      CarafeConfig config,
      CgroupDriver cgroups,
      AppArmor appArmor,
      ContainerStore containers,
      ImageService images,
      RdtPlacement rdt,
      Cni cni) {
    this.config = requireNonNull(config, "config is null");
    this.cgroups = requireNonNull(cgroups, "cgroups is null");
    this.appArmor = requireNonNull(appArmor, "appArmor is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.images = requireNonNull(images, "images is null");
    this.rdt = requireNonNull(rdt, "rdt is null");
    this.cni = requireNonNull(cni, "cni is null");
  }

  String pod(PodState pod) {
    ObjectNode node = json.createObjectNode();
    node.put("pid", pod.initPid());
    node.put("runtimeHandler", pod.record().runtimeHandler());
    node.put("reason", pod.reason());
    node.set("config", ProtoJson.toTree(pod.record().config(), json));
    node.set("cniResult", cniResult(pod));
    return render(node);
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
    node.set("config", ProtoJson.toTree(container.record().config(), json));
    node.set("runtimeSpec", runtimeSpec(container));
    node.set("rdt", rdt.describe(container.id(), json));
    return render(node);
  }

  String image(Image image) throws IOException {
    ObjectNode node = json.createObjectNode();
    node.put("chainID", image.config().chainIds().getLast().toString());
    node.set("imageSpec", json.readTree(images.rawConfig(image)));
    return render(node);
  }

  /** The configuration in force; the state directory's name is what critest looks for. */
  String config(NetworkReadiness network) {
    ObjectNode node = json.createObjectNode();
    node.put("rootDir", config.root().toString());
    node.put("stateDir", config.state().toString());
    node.put("listen", config.api().listen());
    node.put("cgroupDriver", cgroups instanceof SystemdCgroupDriver ? "systemd" : "cgroupfs");
    node.set("appArmor", appArmor());
    node.put("cniConfDir", config.network().confDir().toString());
    node.put("lastCNILoadStatus", network.lastLoadStatus());
    node.set("cniconfig", network.cniConfig());
    return render(node);
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
