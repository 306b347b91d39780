package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive in one pass with memory that does not grow: ustar, pax (global headers and
 * binary extended attributes included), GNU long names and base-256 numbers. Sparse files are
 * refused. Not thread-safe; does not close its source.
 */
public final class TarReader {
  private static final int MAX_EXTENSION_BYTES = 1 << 20;
  private static final long MAX_ID = 0xffff_fffeL;

  private final InputStream in;
  private final byte[] block = new byte[TarHeader.BLOCK];
  private PaxRecords global = PaxRecords.none();
  private long remaining;
  private int padding;

  /** Reads from {@code in}, which should be buffered or cheap to read in blocks of 512 bytes. */
  public TarReader(InputStream in) {
    this.in = requireNonNull(in, "in is null");
  }

  /**
   * The next entry, what is left of the one before being skipped; null at the end. The end is two
   * zero blocks, one, or the end of the stream between two entries, as other readers have it.
   *
   * @throws TarFormatException if the bytes are no tar archive of a kind that is supported
   */
  public @Nullable TarEntry next() throws IOException {
    skipContent();
    PaxRecords local = PaxRecords.none();
    String longName = null;
    String longLink = null;
    while (true) {
      if (!readBlock()) {
        return null;
      }
      TarHeader header = new TarHeader(block);
      switch (header.typeFlag()) {
        case 'x', 'X' -> local = local.with(PaxRecords.parse(extension(header)));
        case 'g' -> global = global.with(PaxRecords.parse(extension(header)));
        case 'L' -> longName = untilNul(extension(header));
        case 'K' -> longLink = untilNul(extension(header));
        case 'V' -> extension(header);
        default -> {
          return entry(header, global.with(local), longName, longLink);
        }
      }
    }
  }

  /** Reads content of the current entry; -1 at its end. */
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int count = in.read(buffer, offset, (int) Math.min(length, remaining));
    if (count < 0) {
      throw new TarFormatException("archive ends inside an entry");
    }
    remaining -= count;
    return count;
  }

  private TarEntry entry(
      TarHeader header, PaxRecords pax, @Nullable String longName, @Nullable String longLink)
      throws IOException {
    String name = firstOf(pax.text("path"), longName, header.name());
    TarEntry.Type type = type(header.typeFlag(), name);
    long stated = pax.integer("size", header.size());
    if (stated < 0) {
      throw new TarFormatException("entry %s has size %d".formatted(Raw.show(name), stated));
    }
    // Only files have content, but some writers give a hard link its target's size.
    long size = type == TarEntry.Type.FILE ? stated : 0;
    startContent(size);
    BigDecimal mtime = pax.decimal("mtime");
    return new TarEntry(
        name,
        type,
        size,
        (int) (header.mode() & 07777),
        id(pax.integer("uid", header.uid()), "uid", name),
        id(pax.integer("gid", header.gid()), "gid", name),
        mtime == null ? header.mtime() : mtime.toBigInteger().longValue() - borrow(mtime),
        mtime == null ? 0 : nanos(mtime),
        firstOf(pax.text("linkpath"), longLink, header.linkName()),
        isDevice(type) ? (int) header.deviceMajor() : 0,
        isDevice(type) ? (int) header.deviceMinor() : 0,
        pax.xattrs());
  }

  private static boolean isDevice(TarEntry.Type type) {
    return type == TarEntry.Type.CHAR_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
  }

  private static long borrow(BigDecimal seconds) {
    return seconds.signum() < 0 && seconds.remainder(BigDecimal.ONE).signum() != 0 ? 1 : 0;
  }

  private static int nanos(BigDecimal seconds) {
    int nanos = seconds.remainder(BigDecimal.ONE).movePointRight(9).intValue();
    return nanos < 0 ? nanos + 1_000_000_000 : nanos;
  }

  private static TarEntry.Type type(char flag, String name) throws TarFormatException {
    return switch (flag) {
      case '0', '\0', '7' -> name.endsWith("/") ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMLINK;
      case '3' -> TarEntry.Type.CHAR_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.DIRECTORY;
      case '6' -> TarEntry.Type.FIFO;
      case 'S' -> throw new TarFormatException("sparse files in tar are not supported: " + name);
      default ->
          throw new TarFormatException(
              "entry %s has type '%s', which is unknown"
                  .formatted(Raw.show(name), Raw.show(String.valueOf(flag))));
    };
  }

  private static int id(long value, String what, String name) throws TarFormatException {
    if (value < 0 || value > MAX_ID) {
      throw new TarFormatException(
          "entry %s has %s %d: expected 0 to %d".formatted(Raw.show(name), what, value, MAX_ID));
    }
    return (int) value;
  }

  private static String firstOf(@Nullable String pax, @Nullable String gnu, String plain) {
    return pax != null ? pax : gnu != null ? gnu : plain;
  }

  private byte[] extension(TarHeader header) throws IOException {
    long size = header.size();
    if (size < 0 || size > MAX_EXTENSION_BYTES) {
      throw new TarFormatException(
          "extension header of %d bytes: at most %d are read".formatted(size, MAX_EXTENSION_BYTES));
    }
    startContent(size);
    byte[] content = in.readNBytes((int) size);
    remaining -= content.length;
    if (remaining > 0) {
      throw new TarFormatException("archive ends inside an extension header");
    }
    skipContent();
    return content;
  }

  private static String untilNul(byte[] content) {
    int end = 0;
    while (end < content.length && content[end] != 0) {
      end++;
    }
    return Raw.of(content, 0, end);
  }

  private void startContent(long size) {
    remaining = size;
    padding = (int) (-size & (TarHeader.BLOCK - 1));
  }

  private void skipContent() throws IOException {
    try {
      in.skipNBytes(remaining + padding);
    } catch (EOFException e) {
      throw new TarFormatException("archive ends inside an entry");
    }
    remaining = 0;
    padding = 0;
  }

  /** Fills the block; false at the archive's end. */
  private boolean readBlock() throws IOException {
    int count = in.readNBytes(block, 0, TarHeader.BLOCK);
    if (count == 0) {
      return false;
    }
    if (count < TarHeader.BLOCK) {
      throw new TarFormatException("archive ends inside a header");
    }
    for (byte b : block) {
      if (b != 0) {
        return true;
      }
    }
    return false;
  }
}
