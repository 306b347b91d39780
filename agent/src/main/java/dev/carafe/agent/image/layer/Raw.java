package dev.carafe.agent.image.layer;

import java.nio.charset.StandardCharsets;

/**
 * Raw strings: the bytes of a tar header, one character a byte. File names need not be UTF-8, and
 * extended attributes are binary.
 */
final class Raw {
  private Raw() {}

  static String of(byte[] bytes, int start, int length) {
    return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String raw) {
    return raw.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** For people: the bytes read as UTF-8, control characters replaced. */
  static String show(String raw) {
    return new String(bytes(raw), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
  }
}
