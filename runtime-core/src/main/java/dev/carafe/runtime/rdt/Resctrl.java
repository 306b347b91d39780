package dev.carafe.runtime.rdt;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.KernelFiles;
import dev.carafe.runtime.rdt.RdtException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The resctrl file system (kernel: filesystems/resctrl.rst). Nothing here removes more than one
 * group by one rmdir. Any thread.
 */
public final class Resctrl {
  /** Where resctrl is mounted unless configured. */
  public static final Path DEFAULT_ROOT = Path.of("/sys/fs/resctrl");

  /** Directories of the kernel that a group can't be named. */
  private static final Set<String> RESERVED = Set.of("info", "mon_groups", "mon_data", ".", "..");

  /** RMIDs rest until their cache lines are gone: 10, 20, 40 ... ms, about five seconds. */
  private static final int BUSY_TRIES = 10;

  /** The field of mountinfo. */
  private static final int MOUNT_POINT = 4;

  private final Path root;

  private Resctrl(Path root) {
    this.root = root;
  }

  /**
   * Whether a resctrl tree is mounted there; told by its files, for a simulator has another magic
   * number. Hardware that only monitors has no schemata.
   */
  public static boolean present(Path root) {
    return Files.isDirectory(root.resolve("info")) && Files.isRegularFile(root.resolve("tasks"));
  }

  /**
   * Where resctrl is: in its usual place, else at the first mount of it.
   *
   * @param mountinfo {@code /proc/self/mountinfo}, see proc_pid_mountinfo(5)
   * @return the usual place also when it is nowhere
   */
  public static Path find(Path mountinfo) throws IOException {
    if (present(DEFAULT_ROOT)) {
      return DEFAULT_ROOT;
    }
    for (String line : Files.readAllLines(mountinfo)) {
      List<String> fields = Arrays.asList(line.split(" ", -1));
      int dash = fields.indexOf("-");
      if (dash > MOUNT_POINT
          && dash + 1 < fields.size()
          && fields.get(dash + 1).equals("resctrl")) {
        return Path.of(fields.get(MOUNT_POINT).replace("\\040", " "));
      }
    }
    return DEFAULT_ROOT;
  }

  /**
   * Opens the tree.
   *
   * @throws RdtException of kind UNAVAILABLE when it is not there
   */
  public static Resctrl open(Path root) {
    if (!present(root)) {
      throw new RdtException(
          Kind.UNAVAILABLE,
          "Intel RDT is not available: no resctrl file system at "
              + root
              + "; mount it (mount -t resctrl resctrl "
              + root
              + "), on hardware and a kernel that have it");
    }
    return new Resctrl(root);
  }

  /**
   * Opens a tree for reading, of which no more than {@code info} and the root's {@code schemata}
   * need be there: a copy of a machine's is enough.
   *
   * @throws RdtException of kind UNAVAILABLE when they are not there
   */
  public static Resctrl copy(Path root) {
    if (!Files.isDirectory(root.resolve("info"))
        || !Files.isRegularFile(root.resolve("schemata"))) {
      throw new RdtException(
          Kind.UNAVAILABLE,
          "no resctrl tree at "
              + root
              + ": expected the directory info and the file schemata, of a mounted resctrl or a"
              + " copy of one");
    }
    return new Resctrl(root);
  }

  /** The mount point. */
  public Path root() {
    return root;
  }

  /** What the hardware can do. */
  public ResctrlInfo info() {
    Path info = root.resolve("info");
    Map<String, ResctrlInfo.Cache> caches = new HashMap<>();
    for (Path dir : directories(info)) {
      if (Files.exists(dir.resolve("cbm_mask"))) {
        caches.put(
            dir.getFileName().toString(),
            new ResctrlInfo.Cache(
                number(dir.resolve("cbm_mask"), 16),
                (int) number(dir.resolve("min_cbm_bits"), 10),
                number(dir.resolve("shareable_bits"), 16),
                (int) number(dir.resolve("num_closids"), 10)));
      }
    }
    return new ResctrlInfo(
        caches, bandwidth(info.resolve("MB")), monitoring(info.resolve("L3_MON")));
  }

  private static ResctrlInfo.@Nullable Bandwidth bandwidth(Path dir) {
    if (!Files.isDirectory(dir)) {
      return null;
    }
    return new ResctrlInfo.Bandwidth(
        (int) number(dir.resolve("bandwidth_gran"), 10),
        (int) number(dir.resolve("min_bandwidth"), 10),
        number(dir.resolve("delay_linear"), 10) == 1,
        (int) number(dir.resolve("num_closids"), 10));
  }

  private static ResctrlInfo.@Nullable Monitoring monitoring(Path dir) {
    if (!Files.isDirectory(dir)) {
      return null;
    }
    return new ResctrlInfo.Monitoring(
        (int) number(dir.resolve("num_rmids"), 10), lines(dir.resolve("mon_features")));
  }

  /** The names of the control groups beside the root one, ascending. */
  public List<String> classes() {
    return directories(root).stream()
        .filter(dir -> isGroup(dir))
        .map(dir -> dir.getFileName().toString())
        .sorted()
        .toList();
  }

  /** Whether a directory is a control group and not one of the kernel's own. */
  static boolean isGroup(Path dir) {
    return Files.exists(dir.resolve("tasks"));
  }

  /**
   * The directory of a control group, whether it exists or not.
   *
   * @param name of a directory, or {@code /} for the root group
   * @throws RdtException of kind INVALID for a name that no group can have
   */
  public Path group(String name) {
    return group(root, name);
  }

  /** As {@link #group(String)}, of a tree that need not be mounted. */
  public static Path group(Path root, String name) {
    if (name.equals("/")) {
      return root;
    }
    boolean wrong = name.isEmpty() || name.length() > 255 || RESERVED.contains(name);
    if (wrong || name.chars().anyMatch(c -> c == '/' || c == '\n' || c == 0)) {
      throw new RdtException(
          Kind.INVALID,
          "'"
              + name
              + "' can't name a class of service: no slash, no newline, none of "
              + RESERVED);
    }
    return root.resolve(name);
  }

  /** What a control group says; nothing on hardware that only monitors, which has no such file. */
  public Schemata schemata(Path group) {
    boolean monitorsOnly = group.equals(root) && !Files.exists(root.resolve("schemata"));
    return Schemata.parse(monitorsOnly ? List.of() : lines(group.resolve("schemata")));
  }

  /** The thread ids in a control group. */
  public List<String> tasks(String group) {
    return lines(group(group).resolve("tasks"));
  }

  /** The names of the monitoring groups in a control group. */
  public List<String> monitoringGroups(String group) {
    Path parent = group(group).resolve("mon_groups");
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    return directories(parent).stream().map(dir -> dir.getFileName().toString()).sorted().toList();
  }

  /**
   * Makes a control or monitoring group.
   *
   * @return false when there is a directory of this name already
   * @throws RdtException EXHAUSTED when the hardware has no id left
   */
  public boolean make(Path group) {
    return make(group, BUSY_TRIES);
  }

  /**
   * Makes a control or monitoring group.
   *
   * @param busyTries how often to try while monitoring ids rest, at least 1: after 10, 20, 40 ...
   *     ms
   * @return false when there is a directory of this name already
   * @throws RdtException EXHAUSTED when the hardware has no id left
   */
  public boolean make(Path group, int busyTries) {
    long pauseMillis = 10;
    for (int tries = 1; ; tries++) {
      try {
        Files.createDirectory(group);
        return true;
      } catch (IOException e) {
        Errno error = Errno.of(e);
        if (error == Errno.EEXIST) {
          return false;
        }
        if (error != Errno.EBUSY || tries == busyTries) {
          throw notMade(group, error, e);
        }
      }
      LockSupport.parkNanos(pauseMillis * 1_000_000);
      pauseMillis *= 2;
    }
  }

  private RdtException notMade(Path group, Errno error, IOException cause) {
    if (error == Errno.ENOSPC) {
      return new RdtException(
          Kind.EXHAUSTED,
          "cannot make the group "
              + group
              + ": the hardware's classes of service or monitoring ids are used up (classes: "
              + classes()
              + " of at most "
              + info().classes()
              + "); let workloads share a class or remove unused groups"
              + lastStatus(),
          cause);
    }
    return failed("make the group " + group, cause);
  }

  /**
   * Removes one group by rmdir; one that is gone is fine. Its tasks fall back to the group above.
   */
  public void remove(Path group) {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      throw failed("remove the group " + group, e);
    }
  }

  /** Writes lines to a group's schemata in one write that ends in a newline. */
  public void writeSchemata(Path group, List<String> lines) {
    String text = String.join("\n", lines) + "\n";
    try {
      KernelFiles.write(group.resolve("schemata"), text);
    } catch (IOException e) {
      throw failed("write '" + text.strip() + "' to " + group.resolve("schemata"), e);
    }
  }

  private RdtException failed(String what, IOException cause) {
    Errno error = Errno.of(cause);
    String reason = error == Errno.UNKNOWN ? String.valueOf(cause.getMessage()) : error.describe();
    return new RdtException(Kind.KERNEL, "cannot " + what + ": " + reason + lastStatus(), cause);
  }

  /** The kernel's own words about the last refused command, ready to be appended. */
  private String lastStatus() {
    try {
      String status = KernelFiles.read(root.resolve("info/last_cmd_status"));
      return status.isEmpty() || status.equals("ok") ? "" : ", last_cmd_status: " + status;
    } catch (IOException e) {
      return "";
    }
  }

  private static List<Path> directories(Path dir) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir, Files::isDirectory)) {
      entries.forEach(found::add);
    } catch (IOException e) {
      throw new RdtException(Kind.KERNEL, "cannot list " + dir + ": " + e.getMessage(), e);
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return KernelFiles.lines(file);
    } catch (IOException e) {
      throw new RdtException(Kind.KERNEL, "cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static long number(Path file, int radix) {
    List<String> lines = lines(file);
    try {
      return Long.parseLong(String.join(" ", lines).strip(), radix);
    } catch (NumberFormatException e) {
      throw new RdtException(Kind.KERNEL, file + " is not a number: " + lines, e);
    }
  }
}
