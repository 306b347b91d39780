package dev.carafe.runtime.linux;

/**
 * What statx(2) says.
 *
 * @param mode type and permission bits
 * @param size bytes
 * @param mtimeSeconds since the epoch
 * @param mtimeNanos 0 to 999,999,999
 */
public record FileStat(
    int mode,
    int uid,
    int gid,
    long size,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor) {
  /** The file type: one of the {@code S_IF} constants. */
  public int type() {
    return mode & FileCalls.S_IFMT;
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return type() == FileCalls.S_IFDIR;
  }
}
