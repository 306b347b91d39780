package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Who the kernel takes a process for.
 *
 * @param uid effective user id, as the process's user namespace has it
 * @param gid effective group id, the same
 * @param onHost whether that user namespace is the first one
 * @param setgroups whether that user namespace lets supplementary groups be set
 */
public record Identity(long uid, long gid, boolean onHost, boolean setgroups) {
  private static final String EVERY_ID = "0 0 4294967295";
  private static final int EFFECTIVE = 2;

  /**
   * Of a process.
   *
   * @param process its directory in procfs, as /proc/self
   */
  public static Identity of(Path process) throws IOException {
    List<String> status = KernelFiles.lines(process.resolve("status"));
    String map = KernelFiles.read(process.resolve("uid_map")).strip().replaceAll(" +", " ");
    return new Identity(
        effective(status, "Uid:"),
        effective(status, "Gid:"),
        map.equals(EVERY_ID),
        KernelFiles.read(process.resolve("setgroups")).startsWith("allow"));
  }

  /** Whether it is root of the host. */
  public boolean isHostRoot() {
    return uid == 0 && onHost;
  }

  private static long effective(List<String> status, String key) throws IOException {
    return status.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> Long.parseLong(line.split("\\s+", -1)[EFFECTIVE]))
        .findFirst()
        .orElseThrow(() -> new IOException("no " + key + " in a process's status"));
  }
}
