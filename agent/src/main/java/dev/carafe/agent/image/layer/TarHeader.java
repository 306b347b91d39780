package dev.carafe.agent.image.layer;

/** The fields of one 512-byte header block, as ustar (POSIX.1-1988) and GNU tar lay them out. */
final class TarHeader {
  static final int BLOCK = 512;
  private static final int CHECKSUM_START = 148;
  private static final int CHECKSUM_END = 156;

  private final byte[] block;

  /** Checks the sum, which is all that tells a header from noise. */
  TarHeader(byte[] block) throws TarFormatException {
    this.block = block.clone();
    long stated = number(CHECKSUM_START, CHECKSUM_END - CHECKSUM_START, "checksum");
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= CHECKSUM_START && i < CHECKSUM_END ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    if (stated != unsigned && stated != signed) {
      throw new TarFormatException(
          "header checksum is %d, expected %d: not a tar archive, or a damaged one"
              .formatted(stated, unsigned));
    }
  }

  char typeFlag() {
    return (char) (block[156] & 0xff);
  }

  /** The name, with ustar's prefix in front where there is one. */
  String name() {
    String name = text(0, 100);
    String prefix = isUstar() ? text(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  String linkName() {
    return text(157, 100);
  }

  long mode() throws TarFormatException {
    return number(100, 8, "mode");
  }

  long uid() throws TarFormatException {
    return number(108, 8, "uid");
  }

  long gid() throws TarFormatException {
    return number(116, 8, "gid");
  }

  long size() throws TarFormatException {
    return number(124, 12, "size");
  }

  long mtime() throws TarFormatException {
    return number(136, 12, "mtime");
  }

  long deviceMajor() throws TarFormatException {
    return number(329, 8, "devmajor");
  }

  long deviceMinor() throws TarFormatException {
    return number(337, 8, "devminor");
  }

  /** GNU tar has other things than a prefix there, and says so by two spaces. */
  private boolean isUstar() {
    return Raw.of(block, 257, 6).equals("ustar\0");
  }

  private String text(int start, int length) {
    int end = start;
    while (end < start + length && block[end] != 0) {
      end++;
    }
    return Raw.of(block, start, end - start);
  }

  /** Octal digits, or base 256 where the first bit is set (GNU; two's complement). */
  private long number(int start, int length, String field) throws TarFormatException {
    if ((block[start] & 0x80) != 0) {
      return base256(start, length, field);
    }
    String digits = text(start, length).strip();
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 7) {
        throw new TarFormatException(
            "header field %s is '%s': expected octal digits".formatted(field, Raw.show(digits)));
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private long base256(int start, int length, String field) throws TarFormatException {
    boolean negative = (block[start] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      // The first byte's top bit is the marker; the next is the sign, already in place.
      long b = i == 0 && !negative ? block[start] & 0x7f : block[start + i] & 0xff;
      if (value != (value << 8) >> 8) {
        throw new TarFormatException("header field " + field + " is larger than 63 bits");
      }
      value = value << 8 | b;
    }
    return value;
  }
}
