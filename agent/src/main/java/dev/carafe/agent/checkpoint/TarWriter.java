package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.layer.TarEntry;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes a tar archive: ustar, and pax where a field does not fit (POSIX pax(1)). An entry's
 * strings hold one byte a character. Not thread-safe.
 */
final class TarWriter implements Closeable {
  private static final int BLOCK = 512;
  private static final int NAME_MAX = 100;
  private static final long SIZE_MAX = 077777777777L;
  private static final long ID_MAX = 07777777L;

  private final OutputStream out;

  TarWriter(OutputStream out) {
    this.out = requireNonNull(out, "out is null");
  }

  /**
   * Writes one entry.
   *
   * @param content exactly {@code entry.size()} bytes
   */
  void write(TarEntry entry, InputStream content) throws IOException {
    Map<String, String> pax = pax(entry);
    if (!pax.isEmpty()) {
      byte[] records = records(pax);
      header("pax", 'x', records.length, entry, "");
      out.write(records);
      pad(records.length);
    }
    header(entry.name(), flag(entry.type()), entry.size(), entry, entry.linkName());
    long written = content.transferTo(out);
    if (written != entry.size()) {
      throw new IOException(
          "%s has %d bytes, and had %d; it is being written"
              .formatted(entry.name(), written, entry.size()));
    }
    pad(written);
  }

  private static Map<String, String> pax(TarEntry entry) {
    Map<String, String> pax = new LinkedHashMap<>();
    if (entry.name().length() > NAME_MAX) {
      pax.put("path", entry.name());
    }
    if (entry.linkName().length() > NAME_MAX) {
      pax.put("linkpath", entry.linkName());
    }
    if (entry.size() > SIZE_MAX) {
      pax.put("size", Long.toString(entry.size()));
    }
    if (Integer.toUnsignedLong(entry.uid()) > ID_MAX) {
      pax.put("uid", Integer.toUnsignedString(entry.uid()));
    }
    if (Integer.toUnsignedLong(entry.gid()) > ID_MAX) {
      pax.put("gid", Integer.toUnsignedString(entry.gid()));
    }
    entry.xattrs().forEach((name, value) -> pax.put("SCHILY.xattr." + name, value));
    return pax;
  }

  /** Each record begins with its own length. */
  private static byte[] records(Map<String, String> pax) {
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    pax.forEach((key, value) -> {
      String rest = " " + key + "=" + value + "\n";
      int length = rest.length() + 1;
      while (Integer.toString(length).length() + rest.length() != length) {
        length++;
      }
      records.writeBytes((length + rest).getBytes(StandardCharsets.ISO_8859_1));
    });
    return records.toByteArray();
  }

  private void header(String name, char type, long size, TarEntry entry, String link)
      throws IOException {
    byte[] block = new byte[BLOCK];
    text(block, 0, NAME_MAX, name);
    number(block, 100, 8, entry.mode());
    number(block, 108, 8, Math.min(Integer.toUnsignedLong(entry.uid()), ID_MAX));
    number(block, 116, 8, Math.min(Integer.toUnsignedLong(entry.gid()), ID_MAX));
    number(block, 124, 12, Math.min(size, SIZE_MAX));
    number(block, 136, 12, Math.max(0, entry.mtimeSeconds()));
    block[156] = (byte) type;
    text(block, 157, NAME_MAX, link);
    text(block, 257, 8, "ustar\00000");
    number(block, 329, 8, entry.deviceMajor());
    number(block, 337, 8, entry.deviceMinor());
    text(block, 148, 8, "        ");
    int sum = 0;
    for (byte part : block) {
      sum += part & 0xff;
    }
    text(block, 148, 8, "%06o\0 ".formatted(sum));
    out.write(block);
  }

  private static void text(byte[] block, int at, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, block, at, Math.min(bytes.length, length));
  }

  private static void number(byte[] block, int at, int length, long value) {
    text(block, at, length, ("%0" + (length - 1) + "o").formatted(value));
  }

  private static char flag(TarEntry.Type type) {
    return switch (type) {
      case FILE -> '0';
      case HARD_LINK -> '1';
      case SYMLINK -> '2';
      case CHAR_DEVICE -> '3';
      case BLOCK_DEVICE -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
    };
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  /** Writes the archive's end; the stream below is the caller's to close. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }
}
