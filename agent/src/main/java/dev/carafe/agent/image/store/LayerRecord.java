package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;

/**
 * What the store knows of an unpacked layer.
 *
 * @param key its directory's name
 * @param leans whether it is right only on top of the layers it was unpacked on
 * @param bytes disk space
 */
record LayerRecord(String key, Digest diffId, boolean leans, long bytes, long inodes) {
  LayerRecord {
    requireNonNull(key, "key is null");
    requireNonNull(diffId, "diffId is null");
  }
}
