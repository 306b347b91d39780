package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The mounts of the agent's mount namespace with their propagation (proc_pid_mountinfo(5)). */
final class MountTable {
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");
  private static final int MOUNT_POINT = 4;
  private static final int OPTIONAL_FIELDS = 6;

  private final List<Entry> entries;

  private MountTable(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * One mount.
   *
   * @param mountPoint where it is
   * @param shared whether mounts made here travel elsewhere
   * @param slave whether mounts made elsewhere arrive here
   */
  record Entry(Path mountPoint, boolean shared, boolean slave) {
    Entry {
      requireNonNull(mountPoint, "mountPoint");
    }
  }

  /** Reads the agent's own. */
  static MountTable read() {
    try {
      return parse(Files.readAllLines(Path.of("/proc/self/mountinfo")));
    } catch (IOException e) {
      throw Failure.internal("cannot read /proc/self/mountinfo: " + e.getMessage(), e);
    }
  }

  /** Reads the lines of a mountinfo file. */
  static MountTable parse(List<String> lines) {
    List<Entry> entries = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.split(" ");
      int end = List.of(fields).indexOf("-");
      if (end < OPTIONAL_FIELDS) {
        continue;
      }
      Set<String> tags =
          Set.copyOf(
              List.of(fields).subList(OPTIONAL_FIELDS, end).stream()
                  .map(tag -> tag.replaceFirst(":.*", ""))
                  .toList());
      entries.add(
          new Entry(
              Path.of(unescape(fields[MOUNT_POINT])),
              tags.contains("shared"),
              tags.contains("master")));
    }
    return new MountTable(entries);
  }

  /**
   * The mount that holds a path.
   *
   * @param path absolute, with no links in it
   */
  Entry holding(Path path) {
    Entry best = new Entry(Path.of("/"), false, false);
    for (Entry entry : entries) {
      boolean deeper = entry.mountPoint().getNameCount() >= best.mountPoint().getNameCount();
      if (path.startsWith(entry.mountPoint()) && deeper) {
        best = entry;
      }
    }
    return best;
  }

  private static String unescape(String field) {
    Matcher matcher = OCTAL.matcher(field);
    return matcher.replaceAll(octal ->
        Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(octal.group(1), 8))));
  }
}
