package dev.carafe.e2e.client;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerMetadata;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.CreateContainerRequest;
import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.LinuxPodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;
import dev.carafe.cri.v1.PodSandboxStatus;
import dev.carafe.cri.v1.PodSandboxStatusRequest;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.cri.v1.StartContainerRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import java.nio.file.Path;
import java.util.List;

/** One pod and its containers, by the calls that a kubelet makes for them. */
public final class Workload {
  private final CriClient client;
  private final PodSandboxConfig config;
  private final String podId;

  private Workload(CriClient client, PodSandboxConfig config, String podId) {
    this.client = client;
    this.config = config;
    this.podId = podId;
  }

  /**
   * The configuration that most pods begin with; more can be set on it.
   *
   * @param cgroupParent for the cgroupfs driver, an absolute path below each hierarchy's root
   */
  public static PodSandboxConfig.Builder pod(String name, Path logDirectory, String cgroupParent) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName(name)
                .setNamespace("default")
                .setUid(name + "-uid"))
        .setHostname(name)
        .setLogDirectory(logDirectory.toString())
        .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(cgroupParent));
  }

  /** A container that runs {@code command} and logs to {@code NAME.log} below the pod's folder. */
  public static ContainerConfig.Builder container(String name, String image, List<String> command) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(image))
        .addAllCommand(command)
        .setLogPath(name + ".log");
  }

  /** Runs the sandbox. */
  public static Workload run(CriClient client, PodSandboxConfig config) {
    return run(client, config, "");
  }

  /** Runs the sandbox by a runtime handler. */
  public static Workload run(CriClient client, PodSandboxConfig config, String handler) {
    requireNonNull(config, "config is null");
    String id =
        client
            .runtime()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
    return new Workload(client, config, id);
  }

  /** The sandbox's id. */
  public String podId() {
    return podId;
  }

  /** The sandbox's status. */
  public PodSandboxStatus status() {
    return client
        .runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(podId).build())
        .getStatus();
  }

  /** Makes a container; returns its id. */
  public String create(ContainerConfig container) {
    return client
        .runtime()
        .createContainer(
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(podId)
                .setConfig(container)
                .setSandboxConfig(config)
                .build())
        .getContainerId();
  }

  /** Starts a container. */
  public void start(String containerId) {
    client
        .runtime()
        .startContainer(StartContainerRequest.newBuilder().setContainerId(containerId).build());
  }

  /** A container's status with its verbose information. */
  public ContainerStatus status(String containerId) {
    return client
        .runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
        .getStatus();
  }

  /** Runs a command in a container to its end, 10 s at most. */
  public ExecSyncResponse exec(String containerId, List<String> command) {
    return client
        .runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(containerId)
                .addAllCmd(command)
                .setTimeout(10)
                .build());
  }

  /** Stops and removes the sandbox with all its containers. */
  public void remove() {
    client
        .runtime()
        .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
    client
        .runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(podId).build());
  }
}
