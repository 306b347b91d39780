package dev.carafe.agent.image.layer;

import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;

/** How overlayfs marks what an upper directory takes away (kernel, filesystems/overlayfs.rst). */
final class Overlay {
  private static final byte[] OPAQUE = Raw.bytes("trusted.overlay.opaque");

  private Overlay() {}

  /** Whether overlayfs believes what it reads in an extended attribute: never from an archive. */
  static boolean isMark(String attribute) {
    return attribute.startsWith("trusted.overlay.");
  }

  static boolean isWhiteout(FileStat stat) {
    return stat.type() == FileCalls.S_IFCHR && stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
  }

  static void makeWhiteout(Fd dir, byte[] name) throws FileCallException {
    FileCalls.makeNode(dir, name, FileCalls.S_IFCHR, 0, 0);
  }

  static boolean isOpaque(Fd dir, byte[] name) throws FileCallException {
    byte[] value = Xattrs.get(dir, name, OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  static void makeOpaque(Fd dir, byte[] name) throws FileCallException {
    Xattrs.set(dir, name, OPAQUE, new byte[] {'y'});
  }
}
