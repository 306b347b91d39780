package dev.carafe.runtime.plan;

/** Mount attributes (MOUNT_ATTR_* of linux/mount.h) and propagation types (MS_* of mount(2)). */
final class MountAttr {
  static final long RDONLY = 0x1;
  static final long NOSUID = 0x2;
  static final long NODEV = 0x4;
  static final long NOEXEC = 0x8;
  static final long NOATIME = 0x10;
  static final long STRICTATIME = 0x20;

  /**
   * The field of which relatime (0), noatime and strictatime are values: a change clears all of it.
   */
  static final long ATIME_MASK = 0x70;

  static final long NODIRATIME = 0x80;
  static final long IDMAP = 0x100000;
  static final long NOSYMFOLLOW = 0x200000;

  /** Those that a mount has or not, apart from access times. */
  static final long FLAGS = RDONLY | NOSUID | NODEV | NOEXEC | NOSYMFOLLOW;

  static final long MS_UNBINDABLE = 1L << 17;
  static final long MS_PRIVATE = 1L << 18;
  static final long MS_SLAVE = 1L << 19;
  static final long MS_SHARED = 1L << 20;

  private MountAttr() {}
}
