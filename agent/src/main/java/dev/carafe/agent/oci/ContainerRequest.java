package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.cdi.CdiEdits;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import java.util.Map;

/**
 * One container to describe.
 *
 * @param id the container's id
 * @param pod its pod
 * @param config the client's configuration
 * @param image its image
 * @param imageVolumes the images that it mounts, by the names that its mounts ask for
 * @param cdi what it gets for its CDI devices
 * @param cgroupsPath the container's cgroup, in the form of the cgroup driver
 * @param targetPid host pid of the init of the container that target_id names; 0 without one
 */
public record ContainerRequest(
    String id,
    PodContext pod,
    ContainerConfig config,
    ImageContext image,
    Map<String, ImageVolume> imageVolumes,
    CdiEdits cdi,
    String cgroupsPath,
    int targetPid) {
  /** Checks that nothing is missing. */
  public ContainerRequest {
    requireNonNull(id, "id");
    requireNonNull(pod, "pod");
    requireNonNull(config, "config");
    requireNonNull(image, "image");
    imageVolumes = Map.copyOf(imageVolumes);
    requireNonNull(cdi, "cdi");
    requireNonNull(cgroupsPath, "cgroupsPath");
  }

  /** The container's security settings. */
  LinuxContainerSecurityContext security() {
    return config.getLinux().getSecurityContext();
  }
}
