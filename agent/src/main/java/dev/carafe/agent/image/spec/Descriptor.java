package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pointer to content (OCI image specification, descriptor.md).
 *
 * @param mediaType may be empty
 * @param size bytes of the content
 * @param platform null where the index does not say
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    @Nullable Platform platform,
    Map<String, String> annotations) {
  /** Checks the size and copies the annotations. */
  public Descriptor {
    requireNonNull(mediaType, "mediaType is null");
    requireNonNull(digest, "digest is null");
    annotations = Map.copyOf(annotations);
    if (size < 0) {
      throw new ImageException.InvalidImage(
          "descriptor of %s: size %d is negative".formatted(digest, size), null);
    }
  }
}
