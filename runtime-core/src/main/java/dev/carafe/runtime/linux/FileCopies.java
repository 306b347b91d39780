package dev.carafe.runtime.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * Copies single files, with owner, mode, extended attributes and time of modification, between
 * directories that are open. Paths and names are as in {@link FileCalls}. Thread-safe.
 */
public final class FileCopies {
  private static final int BUFFER_BYTES = 1 << 16;

  private FileCopies() {}

  /**
   * Copies anything but a directory.
   *
   * @param path below {@code from}
   * @param stat what it is
   * @param name in {@code to}, where nothing has it
   * @param attributes tells which extended attributes are copied
   * @throws IllegalArgumentException for a directory
   */
  public static void copy(
      Fd from, byte[] path, FileStat stat, Fd to, byte[] name, Predicate<String> attributes)
      throws FileCallException {
    switch (stat.type()) {
      case FileCalls.S_IFREG -> copyContent(from, path, to, name);
      case FileCalls.S_IFLNK -> FileCalls.makeSymlink(FileCalls.readLink(from, path), to, name);
      case FileCalls.S_IFDIR -> throw new IllegalArgumentException("a directory is no single file");
      default -> FileCalls.makeNode(to, name, stat.mode(), stat.deviceMajor(), stat.deviceMinor());
    }
    copyFacts(from, path, stat, to, name, attributes);
  }

  private static void copyContent(Fd from, byte[] path, Fd to, byte[] name)
      throws FileCallException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    try (Fd source = FileCalls.openFileBeneath(from, path);
        Fd target = FileCalls.createFile(to, name, 0600)) {
      while (FileCalls.read(source, buffer.clear()) > 0) {
        FileCalls.write(target, buffer.flip());
      }
    }
  }

  /**
   * Gives a name what another has beside its content; a directory's time is changed again by what
   * is made in it later.
   *
   * @param path below {@code from}
   * @param stat what it is
   * @param name in {@code to}, of the same type
   * @param attributes tells which extended attributes are copied
   */
  public static void copyFacts(
      Fd from, byte[] path, FileStat stat, Fd to, byte[] name, Predicate<String> attributes)
      throws FileCallException {
    FileCalls.changeOwner(to, name, stat.uid(), stat.gid());
    if (stat.type() != FileCalls.S_IFLNK) {
      FileCalls.changeMode(to, name, stat.mode() & ~FileCalls.S_IFMT);
    }
    for (byte[] attribute : Xattrs.list(from, path)) {
      byte[] value = Xattrs.get(from, path, attribute);
      if (value != null && attributes.test(new String(attribute, StandardCharsets.ISO_8859_1))) {
        Xattrs.set(to, name, attribute, value);
      }
    }
    FileCalls.changeTime(to, name, stat.mtimeSeconds(), stat.mtimeNanos());
  }
}
