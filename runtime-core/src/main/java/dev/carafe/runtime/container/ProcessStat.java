package dev.carafe.runtime.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What tells one process from a later one with its pid (proc_pid_stat(5)).
 *
 * @param state a letter: R, S, D, Z, T, X and so on
 * @param startTime clock ticks after boot
 */
public record ProcessStat(char state, long startTime) {
  private static final int STATE = 0;
  private static final int START_TIME = 19;

  /** Of a process, or null when there is none. */
  public static @Nullable ProcessStat of(int pid) {
    if (pid <= 0) {
      return null;
    }
    try {
      return parse(Files.readString(Path.of("/proc/" + pid + "/stat")));
    } catch (IOException gone) {
      return null;
    }
  }

  /** The name may hold blanks and brackets: fields are counted after its last one. */
  static ProcessStat parse(String line) {
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return new ProcessStat(fields[STATE].charAt(0), Long.parseLong(fields[START_TIME].strip()));
  }

  /** Whether it still runs: a zombie does not. */
  public boolean alive() {
    return state != 'Z' && state != 'X';
  }
}
