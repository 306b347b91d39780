package dev.carafe.e2e.kubelet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Whether others work on this machine: latencies say nothing where they take the processors.
 *
 * @param idle share of the processors' time that nobody used just before a test, 0 to 1
 */
public record HostLoad(double idle) {
  private static final double LEAST_IDLE = 0.5;

  private record Ticks(long idle, long total) {
    static Ticks now() throws IOException {
      String[] fields = Files.readAllLines(Path.of("/proc/stat")).getFirst().split(" +", -1);
      long total = 0;
      for (int i = 1; i <= 8; i++) {
        total += Long.parseLong(fields[i]);
      }
      return new Ticks(Long.parseLong(fields[4]), total);
    }
  }

  /** Looks at the machine for a second, in which the caller does nothing. */
  public static HostLoad look() throws IOException, InterruptedException {
    Ticks before = Ticks.now();
    TimeUnit.SECONDS.sleep(1);
    Ticks after = Ticks.now();
    return new HostLoad(
        (double) (after.idle - before.idle) / Math.max(1, after.total - before.total));
  }

  /** Skips the rest of a test, aloud, when the machine was busy before it or is now. */
  public void assumeQuiet(String what) throws IOException, InterruptedException {
    double least = Math.min(idle, look().idle);
    Assumptions.assumeTrue(
        least >= LEAST_IDLE,
        "SKIP %s: the load of the host was too high for times to count: idle %.0f %%, expected %.0f"
            .formatted(what, 100 * least, 100 * LEAST_IDLE));
  }
}
