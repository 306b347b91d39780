package dev.carafe.runtime.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The options of a mount, sorted. Later options win over earlier ones, as with mount(8).
 *
 * @param bind whether bind or rbind was given
 * @param recursive whether rbind was given
 * @param set attributes to set
 * @param clear attributes to clear
 * @param deepSet attributes to set on every mount of the tree (rro and kin)
 * @param deepClear attributes to clear on every mount of the tree
 * @param propagations changes of propagation, in order
 * @param idmap whether the mount is id-mapped
 * @param deepIdmap whether every mount of the tree is
 * @param copyUp whether a tmpfs starts with what lies below it
 * @param remount whether remount was given
 * @param superFlags superblock flags for fsconfig: sync, dirsync, mand, lazytime, iversion, silent
 * @param data what only the file system knows: key or key=value
 */
record MountOptions(
    boolean bind,
    boolean recursive,
    long set,
    long clear,
    long deepSet,
    long deepClear,
    List<Propagation> propagations,
    boolean idmap,
    boolean deepIdmap,
    boolean copyUp,
    boolean remount,
    List<String> superFlags,
    List<String> data) {

  /**
   * A change of propagation.
   *
   * @param type one MS_* bit
   * @param recursive whether the whole tree changes
   */
  record Propagation(long type, boolean recursive) {}

  /** What an attribute option does: these bits are cleared first, then those set. */
  private record Attribute(long set, long clear) {}

  private static final Map<String, Attribute> ATTRIBUTES =
      Map.ofEntries(
          Map.entry("ro", on(MountAttr.RDONLY)),
          Map.entry("rw", off(MountAttr.RDONLY)),
          Map.entry("nosuid", on(MountAttr.NOSUID)),
          Map.entry("suid", off(MountAttr.NOSUID)),
          Map.entry("nodev", on(MountAttr.NODEV)),
          Map.entry("dev", off(MountAttr.NODEV)),
          Map.entry("noexec", on(MountAttr.NOEXEC)),
          Map.entry("exec", off(MountAttr.NOEXEC)),
          Map.entry("nodiratime", on(MountAttr.NODIRATIME)),
          Map.entry("diratime", off(MountAttr.NODIRATIME)),
          Map.entry("nosymfollow", on(MountAttr.NOSYMFOLLOW)),
          Map.entry("symfollow", off(MountAttr.NOSYMFOLLOW)),
          Map.entry("noatime", atime(MountAttr.NOATIME)),
          Map.entry("strictatime", atime(MountAttr.STRICTATIME)),
          Map.entry("relatime", atime(0)),
          Map.entry("atime", atime(0)),
          Map.entry("nostrictatime", atime(0)),
          Map.entry("norelatime", atime(MountAttr.STRICTATIME)));

  /**
   * How access times are kept is one setting: not to have one value of it names no other, and runc
   * and mount(8) leave it as it is.
   */
  private static final Set<String> NOTHING_SAID = Set.of("atime", "norelatime", "nostrictatime");

  private static final Map<String, Long> PROPAGATIONS =
      Map.of(
          "private", MountAttr.MS_PRIVATE,
          "shared", MountAttr.MS_SHARED,
          "slave", MountAttr.MS_SLAVE,
          "unbindable", MountAttr.MS_UNBINDABLE);

  /** Superblock options by the name that clears them ("" if none does). */
  private static final Map<String, String> SUPER =
      Map.of(
          "sync", "async",
          "dirsync", "",
          "mand", "nomand",
          "lazytime", "nolazytime",
          "iversion", "noiversion",
          "silent", "loud");

  MountOptions {
    propagations = List.copyOf(propagations);
    superFlags = List.copyOf(superFlags);
    data = List.copyOf(data);
  }

  private static Attribute on(long bit) {
    return new Attribute(bit, bit);
  }

  private static Attribute off(long bit) {
    return new Attribute(0, bit);
  }

  private static Attribute atime(long value) {
    return new Attribute(value, MountAttr.ATIME_MASK);
  }

  static MountOptions parse(List<String> options) {
    Parser parser = new Parser();
    options.forEach(parser::accept);
    return parser.result();
  }

  /** Whether any attribute of this mount alone changes. */
  boolean changesTop() {
    return (set | clear) != 0;
  }

  /** Whether this mount alone is told how to keep access times. */
  boolean changesAtime() {
    return (clear & MountAttr.ATIME_MASK) != 0 || (set & MountAttr.NODIRATIME) != 0;
  }

  /** Whether any attribute of the whole tree changes. */
  boolean changesTree() {
    return (deepSet | deepClear) != 0;
  }

  private static final class Parser {
    private final List<Propagation> propagations = new ArrayList<>();
    private final List<String> superFlags = new ArrayList<>();
    private final List<String> data = new ArrayList<>();
    private boolean bind;
    private boolean recursive;
    private boolean idmap;
    private boolean deepIdmap;
    private boolean copyUp;
    private boolean remount;
    private long set;
    private long clear;
    private long deepSet;
    private long deepClear;

    void accept(String option) {
      switch (option) {
        case "defaults", "" -> {}
        case "bind" -> bind = true;
        case "rbind" -> {
          bind = true;
          recursive = true;
        }
        case "idmap" -> idmap = true;
        case "ridmap" -> {
          idmap = true;
          deepIdmap = true;
        }
        case "tmpcopyup" -> copyUp = true;
        case "remount" -> remount = true;
        default -> other(option);
      }
    }

    private void other(String option) {
      boolean deep = option.startsWith("r");
      String bare = deep ? option.substring(1) : option;
      Attribute top = ATTRIBUTES.get(option);
      Attribute tree = deep ? ATTRIBUTES.get(bare) : null;
      Long propagation = PROPAGATIONS.get(deep ? bare : option);
      if (NOTHING_SAID.contains(option)) {
        return;
      }
      if (top != null) {
        set = (set & ~top.clear) | top.set;
        clear |= top.clear;
      } else if (tree != null) {
        deepSet = (deepSet & ~tree.clear) | tree.set;
        deepClear |= tree.clear;
      } else if (propagation != null) {
        propagations.add(new Propagation(propagation, deep));
      } else if (!superFlag(option)) {
        data.add(option);
      }
    }

    private boolean superFlag(String option) {
      if (SUPER.containsKey(option)) {
        superFlags.add(option);
        return true;
      }
      for (Map.Entry<String, String> entry : SUPER.entrySet()) {
        if (entry.getValue().equals(option)) {
          superFlags.remove(entry.getKey());
          return true;
        }
      }
      return false;
    }

    MountOptions result() {
      return new MountOptions(
          bind,
          recursive,
          set,
          clear,
          deepSet,
          deepClear,
          propagations,
          idmap,
          deepIdmap,
          copyUp,
          remount,
          superFlags,
          data);
    }
  }
}
