package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Namespace;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Names for the bits of a flag field, in the order of printing.
 *
 * @param names bit to name
 */
record Symbols(Map<Long, String> names) {
  static final Symbols NAMESPACES = namespaces();
  static final Symbols ATTRIBUTES =
      new Symbols(
          table(
              MountAttr.RDONLY,
              "ro",
              MountAttr.NOSUID,
              "nosuid",
              MountAttr.NODEV,
              "nodev",
              MountAttr.NOEXEC,
              "noexec",
              MountAttr.NOATIME,
              "noatime",
              MountAttr.STRICTATIME,
              "strictatime",
              0x40L,
              "atime-bit",
              MountAttr.NODIRATIME,
              "nodiratime",
              MountAttr.IDMAP,
              "idmap",
              MountAttr.NOSYMFOLLOW,
              "nosymfollow"));
  static final Symbols PROPAGATIONS =
      new Symbols(
          table(
              MountAttr.MS_UNBINDABLE, "unbindable",
              MountAttr.MS_PRIVATE, "private",
              MountAttr.MS_SLAVE, "slave",
              MountAttr.MS_SHARED, "shared"));
  static final Symbols TREE_FLAGS =
      new Symbols(table(1L, "clone", 2L, "recursive", 4L, "nofollow"));
  static final Symbols OPEN_FLAGS =
      new Symbols(table(1L, "read", 2L, "write", 4L, "directory", 8L, "nofollow"));
  static final Symbols ATTACH_FLAGS =
      new Symbols(table(1L, "real-directory", 2L, "on-procfs", 4L, "with-mode"));
  static final Symbols CAPABILITIES = capabilities();

  /** Names joined by commas, what has no name in hexadecimal, "-" for none. */
  String format(long value) {
    StringBuilder text = new StringBuilder();
    long rest = value;
    for (Map.Entry<Long, String> entry : names.entrySet()) {
      if ((rest & entry.getKey()) == entry.getKey()) {
        text.append(text.isEmpty() ? "" : ",").append(entry.getValue());
        rest &= ~entry.getKey();
      }
    }
    if (rest != 0) {
      text.append(text.isEmpty() ? "0x" : ",0x").append(Long.toHexString(rest));
    }
    return text.isEmpty() ? "-" : text.toString();
  }

  private static Map<Long, String> table(Object... entries) {
    Map<Long, String> table = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      table.put((Long) entries[i], (String) entries[i + 1]);
    }
    return table;
  }

  private static Symbols namespaces() {
    Map<Long, String> table = new LinkedHashMap<>();
    for (Namespace.Type type : Namespace.Type.values()) {
      table.put((long) type.cloneFlag(), type.name().toLowerCase(Locale.ROOT));
    }
    return new Symbols(table);
  }

  private static Symbols capabilities() {
    Map<Long, String> table = new LinkedHashMap<>();
    for (Capability capability : Capability.values()) {
      table.put(capability.mask(), capability.name().toLowerCase(Locale.ROOT));
    }
    return new Symbols(table);
  }
}
