package dev.carafe.e2e.images;

import static java.util.Objects.requireNonNull;

/**
 * What an OCI index says of a manifest (OCI image specification, "descriptor").
 *
 * @param mediaType of the content, for example {@code application/vnd.oci.image.manifest.v1+json}
 * @param digest {@code sha256:} and 64 hexadecimal digits
 * @param size in bytes
 */
public record Descriptor(String mediaType, String digest, long size) {
  public Descriptor {
    requireNonNull(mediaType, "mediaType");
    requireNonNull(digest, "digest");
    if (size < 0) {
      throw new IllegalArgumentException(
          "size of " + digest + " is " + size + ", expected 0 or more");
    }
  }
}
