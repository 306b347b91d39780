package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.oci.EffectiveUser;
import dev.carafe.agent.oci.StopSignal;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerMetadata;
import java.util.List;

/**
 * A container's intent: what was asked for and what that was resolved to. Durable.
 *
 * @param id the container's id
 * @param podId the pod it belongs to
 * @param config the client's configuration, with resources as last updated and the digests of image
 *     volumes
 * @param digest of the configuration as it was created with
 * @param imageId the image's one identifier
 * @param volumeImageIds those of the images that it mounts
 * @param imageName the image's first tag, or what was asked for
 * @param imageRef a repository digest where the image has one, else its id
 * @param createdAt nanoseconds since the epoch
 * @param bootId the kernel's boot id at creation
 * @param logPath the absolute path of its log, "" for none
 * @param cgroupPath its cgroup, absolute below the cgroup mounts
 * @param user the ids it runs with
 * @param stopSignal the signal that asks it to end
 * @param privileged whether it was asked to be privileged
 */
public record ContainerRecord(
    String id,
    String podId,
    ContainerConfig config,
    String digest,
    String imageId,
    List<String> volumeImageIds,
    String imageName,
    String imageRef,
    long createdAt,
    String bootId,
    String logPath,
    String cgroupPath,
    EffectiveUser user,
    StopSignal stopSignal,
    boolean privileged) {

  /** Checks that nothing is missing. */
  public ContainerRecord {
    requireNonNull(id, "id is null");
    requireNonNull(podId, "podId is null");
    requireNonNull(config, "config is null");
    requireNonNull(digest, "digest is null");
    requireNonNull(imageId, "imageId is null");
    volumeImageIds = List.copyOf(volumeImageIds);
    requireNonNull(imageName, "imageName is null");
    requireNonNull(imageRef, "imageRef is null");
    requireNonNull(bootId, "bootId is null");
    requireNonNull(logPath, "logPath is null");
    requireNonNull(cgroupPath, "cgroupPath is null");
    requireNonNull(user, "user is null");
    requireNonNull(stopSignal, "stopSignal is null");
  }

  /** Whether the container's root or one of its volumes is this image. */
  boolean usesImage(String id) {
    return imageId.equals(id) || volumeImageIds.contains(id);
  }

  /** The same container with other resources. */
  public ContainerRecord withConfig(ContainerConfig changed) {
    return new ContainerRecord(
        id,
        podId,
        changed,
        digest,
        imageId,
        volumeImageIds,
        imageName,
        imageRef,
        createdAt,
        bootId,
        logPath,
        cgroupPath,
        user,
        stopSignal,
        privileged);
  }

  /** The name under which a container exists once: pod, name and attempt. */
  public static String name(String podId, ContainerMetadata metadata) {
    return String.join(
        "_", podId, metadata.getName(), Integer.toUnsignedString(metadata.getAttempt()));
  }

  /** The name under which this container exists once. */
  public String name() {
    return name(podId, config.getMetadata());
  }
}
