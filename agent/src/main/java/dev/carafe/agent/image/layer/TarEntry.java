package dev.carafe.agent.image.layer;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * One entry of a tar archive, extensions applied. Strings are {@linkplain Raw raw}.
 *
 * @param size bytes of content that follow; 0 for all but files
 * @param mode the low twelve bits: permissions, setuid, setgid, sticky
 * @param mtimeNanos 0 to 999,999,999
 * @param xattrs extended attributes by name
 */
public record TarEntry(
    String name,
    Type type,
    long size,
    int mode,
    int uid,
    int gid,
    long mtimeSeconds,
    int mtimeNanos,
    String linkName,
    int deviceMajor,
    int deviceMinor,
    Map<String, String> xattrs) {
  /** What an entry makes. */
  public enum Type {
    FILE,
    HARD_LINK,
    SYMLINK,
    CHAR_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    FIFO
  }

  /** Checks for null and copies. */
  public TarEntry {
    requireNonNull(name, "name is null");
    requireNonNull(type, "type is null");
    requireNonNull(linkName, "linkName is null");
    xattrs = Map.copyOf(xattrs);
  }
}
