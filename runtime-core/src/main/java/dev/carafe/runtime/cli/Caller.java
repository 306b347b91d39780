package dev.carafe.runtime.cli;

import dev.carafe.runtime.linux.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Who typed the command: the front, whose place in the system counts and not this process's.
 *
 * @param pid of the front
 * @param directory its working directory, absolute
 * @param environment its environment
 */
record Caller(int pid, Path directory, Map<String, String> environment) {
  private static final int PARENT = 1;
  private static final Path STDIN = Path.of("/dev/stdin");
  private static final Path DESCRIPTORS = Path.of("/dev/fd");
  private static final Path SELF = Path.of("/proc/self");

  Caller {
    Objects.requireNonNull(directory, "directory");
    environment = Map.copyOf(environment);
  }

  /** The process that started this one, from which the rest is inherited. */
  static Caller parent(Path directory) throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new Caller(Integer.parseInt(fields[PARENT]), directory, System.getenv());
  }

  /**
   * A path as the caller means it, absolute: its descriptors are not this process's, so that a
   * shell's {@code <(...)} and /dev/stdin are read from it.
   */
  Path resolve(String path) {
    Path whole = directory.resolve(path).normalize();
    if (whole.equals(STDIN)) {
      return proc("fd/0");
    }
    if (whole.startsWith(DESCRIPTORS)) {
      return proc("fd").resolve(DESCRIPTORS.relativize(whole));
    }
    return whole.startsWith(SELF) ? proc("").resolve(SELF.relativize(whole)) : whole;
  }

  /** The same as text; "" stays "". */
  String resolveText(String path) {
    return path.isEmpty() ? "" : resolve(path).toString();
  }

  /** A file of its /proc directory. */
  Path proc(String name) {
    return Path.of("/proc", Integer.toString(pid), name);
  }

  /**
   * Its user's directory for what a reboot voids, "" when there is none. Of the environment of the
   * host's root it is not taken, nor of who is root by name in a user namespace.
   */
  String runtimeDirectory(Identity identity) {
    boolean root =
        identity.isHostRoot() || (identity.uid() == 0 && "root".equals(environment.get("USER")));
    return root ? "" : environment.getOrDefault("XDG_RUNTIME_DIR", "");
  }

  /** Its cgroups, as /proc/PID/cgroup has them. */
  List<String> cgroups() throws IOException {
    return Files.readAllLines(proc("cgroup"));
  }

  /**
   * How many descriptors from 3 on systemd's socket activation passed on (sd_listen_fds(3)); 0 when
   * they are meant for another process.
   */
  int listenDescriptors() {
    String count = environment.getOrDefault("LISTEN_FDS", "");
    String forWhom = environment.getOrDefault("LISTEN_PID", "");
    return forWhom.equals(Integer.toString(pid)) && count.matches("[0-9]{1,4}")
        ? Integer.parseInt(count)
        : 0;
  }
}
