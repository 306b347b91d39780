package dev.carafe.e2e.registry;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Part of a blob, as a {@code Range} header asks for it (RFC 9110, 14.2): one range, with a start.
 *
 * @param first offset of the first byte
 * @param length in bytes, at least 1
 */
record ByteRange(long first, long length) {
  private static final Pattern HEADER = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");

  /**
   * What {@code header} asks of {@code size} bytes; empty if that can't be given, which is answered
   * with 416.
   */
  static Optional<ByteRange> parse(String header, long size) {
    Matcher matcher = HEADER.matcher(header);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(matcher.group(1));
    long last =
        matcher.group(2).isEmpty()
            ? size - 1
            : Math.min(Long.parseLong(matcher.group(2)), size - 1);
    return first < size && first <= last
        ? Optional.of(new ByteRange(first, last - first + 1))
        : Optional.empty();
  }

  /** The {@code Content-Range} header of the answer. */
  String contentRange(long size) {
    return "bytes " + first + "-" + (first + length - 1) + "/" + size;
  }
}
