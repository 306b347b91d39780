package dev.carafe.e2e.kubelet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;

/**
 * What processes used of the machine.
 *
 * @param cpu user and system time since they started
 * @param anonymous resident memory that is no file's, bytes
 */
public record ProcessUsage(Duration cpu, long anonymous) {
  /** USER_HZ, which is 100 on every Linux that we run on. */
  private static final int TICKS = 100;

  /** One process. */
  public static ProcessUsage of(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    // Fields are counted after the name, which may hold anything but ends in the last parenthesis.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    long anonymous = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("RssAnon:")) {
        anonymous = Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return new ProcessUsage(Duration.ofMillis(ticks * 1000 / TICKS), anonymous);
  }

  /** Several, summed; those that are gone count nothing. */
  public static ProcessUsage of(Collection<Long> pids) throws IOException {
    ProcessUsage sum = new ProcessUsage(Duration.ZERO, 0);
    for (long pid : pids) {
      try {
        ProcessUsage one = of(pid);
        sum = new ProcessUsage(sum.cpu.plus(one.cpu), sum.anonymous + one.anonymous);
      } catch (NoSuchFileException gone) {
        // It ended meanwhile.
      }
    }
    return sum;
  }

  /** Percent of one core between an earlier look and this one. */
  public double percentSince(ProcessUsage earlier, Duration wall) {
    return 100.0 * cpu.minus(earlier.cpu).toNanos() / wall.toNanos();
  }
}
