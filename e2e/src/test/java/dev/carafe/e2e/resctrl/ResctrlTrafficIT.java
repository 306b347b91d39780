package dev.carafe.e2e.resctrl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.carafe.e2e.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counters that move as a load file says, and hardware that only monitors. Needs root. */
class ResctrlTrafficIT {
  private static final Path E2E = Path.of(System.getProperty("carafe.home")).resolve("e2e");
  private static final double MIB = 1 << 20;
  private static final Duration WINDOW = Duration.ofMillis(400);

  @TempDir Path temp;
  private Path root = Path.of("/nonexistent");
  private @Nullable ResctrlSimulator simulator;

  @BeforeAll
  static void build() throws Exception {
    Command made = Command.run("make", "-s", "-C", E2E.resolve("resctrl-sim").toString());
    Assumptions.assumeTrue(!made.stderr().contains("SKIP"), made.stderr().strip());
    assertThat(made.exit()).as(made.stderr()).isZero();
  }

  private void mount(String profile) throws Exception {
    root = Files.createDirectories(temp.resolve("resctrl"));
    try {
      simulator =
          ResctrlSimulator.start(
              E2E.resolve("target/resctrl-sim"),
              root,
              "--profile",
              profile,
              "--load",
              temp.resolve("load").toString());
    } catch (ResctrlSimulator.MissingException missing) {
      Assumptions.abort(String.valueOf(missing.getMessage()));
    }
  }

  @AfterEach
  void unmount() throws Exception {
    if (simulator != null) {
      simulator.close();
    }
  }

  @Test
  void trafficIsCountedInItsGroupAndInTheControlGroupAboveIt() throws Exception {
    mount("xeonmon");
    Files.createDirectory(root.resolve("gold"));
    Files.createDirectory(root.resolve("gold/mon_groups/m"));
    play("load gold 1 10 0 1000", "load gold/mon_groups/m 1 100 50 65536");
    double[] group = rates("gold/mon_groups/m", 1);
    double[] control = rates("gold", 1);
    assertThat(group[0]).isCloseTo(100, Percentage.withPercentage(10));
    assertThat(group[1]).isCloseTo(150, Percentage.withPercentage(10));
    assertThat(control[0]).isCloseTo(110, Percentage.withPercentage(10));
    assertThat(control[1]).isCloseTo(160, Percentage.withPercentage(10));
    assertThat(rates("gold", 0)).containsExactly(0, 0);
    assertThat(counter("gold/mon_groups/m", 1, "llc_occupancy")).isEqualTo(65536);
    assertThat(counter("gold", 1, "llc_occupancy")).isEqualTo(66536);
  }

  @Test
  void occupancyEndsAtTheWaysOfTheMask() throws Exception {
    mount("xeon");
    Files.createDirectory(root.resolve("gold"));
    Files.writeString(root.resolve("gold/schemata"), "L3:0=3\n");
    play("load gold 0 0 0 1e9");
    assertThat(counter("gold", 0, "llc_occupancy")).isEqualTo((30 << 20) / 20 * 2);
  }

  @Test
  void bandwidthIsCappedByMbAndSharedWhenItIsShort() throws Exception {
    mount("xeon");
    Files.createDirectory(root.resolve("gold"));
    Files.createDirectory(root.resolve("batch"));
    play("capacity 0 1000", "load gold 0 600 0 0", "load batch 0 900 0 0");
    assertThat(rates("gold", 0)[1]).isCloseTo(400, Percentage.withPercentage(10));
    assertThat(rates("batch", 0)[1]).isCloseTo(600, Percentage.withPercentage(10));
    Files.writeString(root.resolve("batch/schemata"), "MB:0=30\n");
    assertThat(rates("gold", 0)[1]).isCloseTo(600, Percentage.withPercentage(10));
    assertThat(rates("batch", 0)[1]).isCloseTo(300, Percentage.withPercentage(10));
  }

  @Test
  void aNewMbValueMayTakeItsTime() throws Exception {
    mount("xeon");
    Files.createDirectory(root.resolve("gold"));
    play("capacity 0 1000", "delay 2000", "load gold 0 1000 0 0");
    assertThat(rates("gold", 0)[1]).isCloseTo(1000, Percentage.withPercentage(10));
    Files.writeString(root.resolve("gold/schemata"), "MB:0=20\n");
    assertThat(rates("gold", 0)[1]).isCloseTo(1000, Percentage.withPercentage(10));
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(rates("gold", 0)[1]).isCloseTo(200, within(30.0)));
  }

  @Test
  void hardwareThatOnlyMonitorsHasNoClassesAndNoSchemata() throws Exception {
    mount("mon");
    try (Stream<Path> entries = Files.list(root)) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "cpus", "cpus_list", "info", "mon_data", "mon_groups", "tasks");
    }
    try (Stream<Path> entries = Files.list(root.resolve("info"))) {
      assertThat(entries.map(entry -> entry.getFileName().toString()))
          .containsExactlyInAnyOrder("L3_MON", "last_cmd_status");
    }
    assertThatThrownBy(() -> Files.createDirectory(root.resolve("gold")))
        .hasMessageContaining("Operation not permitted");
    Files.createDirectory(root.resolve("mon_groups/m"));
    play("load mon_groups/m 0 100 0 5");
    assertThat(rates("mon_groups/m", 0)[0]).isCloseTo(100, Percentage.withPercentage(10));
    assertThat(counter("", 0, "llc_occupancy")).isEqualTo(5);
  }

  private void play(String... rows) throws IOException {
    Path draft = Files.write(temp.resolve("draft"), List.of(rows));
    Files.move(draft, temp.resolve("load"), StandardCopyOption.ATOMIC_MOVE);
    // The file is looked at when somebody looks at a counter.
    counter("", 0, "mbm_total_bytes");
  }

  /** Local and total traffic over a window, in MiB/s. */
  private double[] rates(String group, int domain) throws Exception {
    long start = System.nanoTime();
    double local = counter(group, domain, "mbm_local_bytes");
    double total = counter(group, domain, "mbm_total_bytes");
    // What is measured is time itself.
    Awaitility.await()
        .pollInterval(WINDOW)
        .until(() -> System.nanoTime() - start >= WINDOW.toNanos());
    double seconds = (System.nanoTime() - start) / 1e9;
    return new double[] {
      (counter(group, domain, "mbm_local_bytes") - local) / seconds / MIB,
      (counter(group, domain, "mbm_total_bytes") - total) / seconds / MIB
    };
  }

  private long counter(String group, int domain, String event) throws IOException {
    Path file = root.resolve(group).resolve("mon_data/mon_L3_0" + domain).resolve(event);
    return Long.parseLong(Files.readString(file).strip());
  }
}
