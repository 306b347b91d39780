package dev.carafe.agent.cli;

import java.util.List;
import java.util.Locale;

/** Numbers of bytes and ids as people read them. */
final class Sizes {
  private static final List<String> BINARY = List.of("B", "KiB", "MiB", "GiB", "TiB");
  private static final String SHA256 = "sha256:";
  private static final int SHORT_ID = 12;

  private Sizes() {}

  /** Memory, in powers of 1024. */
  static String memory(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < BINARY.size() - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, "%.1f %s", value, BINARY.get(unit));
  }

  /** Decimal megabytes, as registries and disks count. */
  static String disk(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** The first 12 characters of an id, after its algorithm if it has one. */
  static String shortId(String id) {
    int length = (id.startsWith(SHA256) ? SHA256.length() : 0) + SHORT_ID;
    return id.length() <= length ? id : id.substring(0, length);
  }
}
