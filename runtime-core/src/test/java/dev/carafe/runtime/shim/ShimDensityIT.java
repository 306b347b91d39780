package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of shims that share one image, each with one container that has written and exec'ed.
 */
class ShimDensityIT {
  private static final int SHIMS = 10;
  private static final long BUDGET_KIB = 300;

  @TempDir Path temp;

  @Test
  void tenShimsStayInTheirBudget() throws Exception {
    ShimFixture.requirePrerequisites();
    List<ShimFixture> shims = new ArrayList<>();
    try (ShimImage image = ShimImage.of(ShimFixture.PROGRAM)) {
      try {
        for (int i = 0; i < SHIMS; i++) {
          ShimFixture shim = ShimFixture.start(temp, image.path());
          shims.add(shim);
          shim.start("c1", Plans.shell("seq 1 20000; exec sleep 60"));
          shim.client.list();
        }
        long sum = 0;
        for (ShimFixture shim : shims) {
          assertThat(Files.readSymbolicLink(Path.of("/proc/" + shim.pid + "/exe")))
              .isEqualTo(Files.readSymbolicLink(image.path()));
          sum += pssKib(shim.pid);
        }
        System.out.printf(
            "PSS of a shim with one container: %d KiB (mean of %d, limit %d)%n",
            sum / SHIMS, SHIMS, BUDGET_KIB);
        assertThat(sum / SHIMS).isLessThanOrEqualTo(BUDGET_KIB);
      } finally {
        for (ShimFixture shim : shims) {
          shim.stop();
        }
      }
    }
  }

  private static long pssKib(int pid) throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")).stream()
            .filter(text -> text.startsWith("Pss:"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
