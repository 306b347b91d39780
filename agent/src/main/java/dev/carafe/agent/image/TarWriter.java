package dev.carafe.agent.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes regular files to a tar archive (POSIX.1-1988 ustar; sizes above 8 GiB in the base-256 form
 * that all readers know). Not thread-safe.
 */
final class TarWriter {
  private static final int BLOCK = 512;
  private static final int MAX_NAME = 100;
  private static final long MAX_OCTAL = 077777777777L;

  private final OutputStream out;

  TarWriter(OutputStream out) {
    this.out = requireNonNull(out, "out is null");
  }

  /** Writes {@code size} bytes to the stream that it is given, which it does not close. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Adds a small file.
   *
   * @param name ASCII, at most 100 characters
   */
  void add(String name, byte[] content) throws IOException {
    add(name, content.length, to -> to.write(content));
  }

  /** Adds a file of {@code size} bytes. */
  void add(String name, long size, Content content) throws IOException {
    out.write(header(name, size));
    content.writeTo(out);
    out.write(new byte[(int) (-size & (BLOCK - 1))]);
  }

  /** Writes the end of the archive. */
  void finish() throws IOException {
    out.write(new byte[2 * BLOCK]);
  }

  private static byte[] header(String name, long size) {
    byte[] bytes = name.getBytes(US_ASCII);
    if (bytes.length > MAX_NAME) {
      throw new IllegalArgumentException(name + " has more than " + MAX_NAME + " characters");
    }
    byte[] header = new byte[BLOCK];
    System.arraycopy(bytes, 0, header, 0, bytes.length);
    put(header, 100, "0000644\0");
    put(header, 108, "0000000\0");
    put(header, 116, "0000000\0");
    putSize(header, size);
    put(header, 136, "00000000000\0");
    put(header, 148, "        ");
    put(header, 156, "0");
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    return header;
  }

  private static void putSize(byte[] header, long size) {
    if (size <= MAX_OCTAL) {
      put(header, 124, "%011o\0".formatted(size));
      return;
    }
    for (int i = 0; i < Long.BYTES; i++) {
      header[135 - i] = (byte) (size >>> (8 * i));
    }
    header[124] = (byte) 0x80;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
