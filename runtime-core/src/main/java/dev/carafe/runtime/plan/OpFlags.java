package dev.carafe.runtime.plan;

/** Values of flag and kind fields that native/opcodes.tsv defines. */
final class OpFlags {
  static final long TREE_CLONE = 1;
  static final long TREE_RECURSIVE = 2;

  static final long OPEN_READ = 1;
  static final long OPEN_WRITE = 2;
  static final long OPEN_NOFOLLOW = 8;

  static final int CREATE_NOTHING = 0;
  static final int CREATE_DIRECTORY = 1;
  static final int CREATE_FILE = 2;
  static final int CREATE_AS_SOURCE = 3;

  static final long ATTACH_REAL_DIRECTORY = 1;
  static final long ATTACH_ON_PROCFS = 2;

  /** The mount's root gets the mode of the directory that it covers, if there was one. */
  static final long ATTACH_WITH_MODE = 4;

  static final int LSM_APPARMOR = 1;
  static final int LSM_SELINUX = 2;

  private OpFlags() {}
}
