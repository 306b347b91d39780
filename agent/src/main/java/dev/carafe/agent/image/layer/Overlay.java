package dev.carafe.agent.image.layer;

import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileCalls.CallException;
import dev.carafe.runtime.linux.FileCalls.Fd;
import dev.carafe.runtime.linux.FileCalls.Stat;

/** How overlayfs marks what an upper directory takes away (kernel, filesystems/overlayfs.rst). */
final class Overlay {
  /** Attributes by which overlayfs believes what it reads: never from an archive. */
  static final String XATTR_PREFIX = "trusted.overlay.";

  private static final byte[] OPAQUE = Raw.bytes("trusted.overlay.opaque");

  private Overlay() {}

  static boolean isWhiteout(Stat stat) {
    return stat.type() == FileCalls.S_IFCHR && stat.deviceMajor() == 0 && stat.deviceMinor() == 0;
  }

  static void makeWhiteout(Fd dir, byte[] name) throws CallException {
    FileCalls.makeNode(dir, name, FileCalls.S_IFCHR, 0, 0);
  }

  static boolean isOpaque(Fd dir, byte[] name) throws CallException {
    byte[] value = FileCalls.getXattr(dir, name, OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  static void makeOpaque(Fd dir, byte[] name) throws CallException {
    FileCalls.setXattr(dir, name, OPAQUE, new byte[] {'y'});
  }
}
