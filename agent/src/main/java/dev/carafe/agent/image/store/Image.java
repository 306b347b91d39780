package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageConfig;
import java.util.List;

/**
 * An image that the node has. Its id, the digest of its configuration, is the one identifier in
 * every answer of the CRI (cri.md 1.7 "identity").
 *
 * @param id digest of the configuration
 * @param repoTags {@code HOST/REPOSITORY:TAG}, sorted
 * @param repoDigests {@code HOST/REPOSITORY@DIGEST} of the manifest or index, sorted
 * @param size bytes of configuration and layers as the registry holds them
 * @param layers names of the layers' directories from the bottom up
 * @param artifactType what an artifact says that it is; empty for an image, on which containers run
 * @param createdAtMillis when the node got it, since the epoch
 * @param removed whether it was removed while a container used it: no longer listed
 */
public record Image(
    Digest id,
    List<String> repoTags,
    List<String> repoDigests,
    long size,
    ImageConfig config,
    List<String> layers,
    String artifactType,
    long createdAtMillis,
    boolean removed) {
  /** Checks for null and sorts the names. */
  public Image {
    requireNonNull(id, "id is null");
    requireNonNull(config, "config is null");
    // Records of earlier builds have none.
    artifactType = artifactType == null ? "" : artifactType;
    repoTags = repoTags.stream().distinct().sorted().toList();
    repoDigests = repoDigests.stream().distinct().sorted().toList();
    layers = List.copyOf(layers);
    if (size <= 0) {
      throw new IllegalArgumentException("image " + id + " has size " + size + ": expected > 0");
    }
  }

  /** Whether it holds files and no root file system. */
  public boolean isArtifact() {
    return !artifactType.isEmpty();
  }

  /** The same image with these tags and no others. */
  public Image withTags(List<String> tags) {
    return withNames(tags, repoDigests);
  }

  Image withNames(List<String> tags, List<String> digests) {
    return new Image(
        id, tags, digests, size, config, layers, artifactType, createdAtMillis, removed);
  }

  Image asRemoved() {
    return new Image(
        id, List.of(), List.of(), size, config, layers, artifactType, createdAtMillis, true);
  }
}
