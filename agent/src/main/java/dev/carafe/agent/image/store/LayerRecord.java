package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;

/**
 * What the store knows of an unpacked layer.
 *
 * @param key its directory's name
 * @param bytes disk space
 */
record LayerRecord(String key, Digest diffId, long bytes, long inodes) {
  LayerRecord {
    requireNonNull(key, "key is null");
    requireNonNull(diffId, "diffId is null");
  }
}
