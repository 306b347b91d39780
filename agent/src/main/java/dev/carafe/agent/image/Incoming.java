package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Manifest;
import java.util.List;

/**
 * An image or artifact that is about to be installed.
 *
 * @param what its name in errors
 * @param manifest its manifest
 * @param raw the manifest, byte for byte; empty where the archive has none
 * @param blobs where its content comes from
 * @param tags the tags that it gets, {@code HOST/REPOSITORY:TAG}
 * @param digests the repository digests that it gets
 */
@SuppressWarnings("ArrayRecordComponent")
record Incoming(
    String what,
    Manifest.Image manifest,
    byte[] raw,
    BlobSource blobs,
    List<String> tags,
    List<String> digests) {
  Incoming {
    requireNonNull(what, "what is null");
    requireNonNull(manifest, "manifest is null");
    requireNonNull(raw, "raw is null");
    requireNonNull(blobs, "blobs is null");
    tags = List.copyOf(tags);
    digests = List.copyOf(digests);
  }
}
