package dev.carafe.e2e.cri;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The controller of memory bandwidth on a SIMULATED resctrl that plays a load profile with delay
 * and noise: 10,000 MiB/s in domain 0, of which the protected class wants 6,000.
 */
class RdtControllerIT {
  @RegisterExtension static final CriNode NODE = new CriNode("resctrl", "tolerate");
  private static final int INTERVAL_MS = 100;
  private static final int TARGET = 5500;
  private static final String CLASSES =
      """
      partitions:
        a: {l3Allocation: 50%, classes: {gold: }}
        b: {l3Allocation: 50%, mbAllocation: [90%], classes: {batch: , other: }}
      """;
  private static SimulatedRdt rdt;
  private static Path classes;

  @BeforeAll
  static void mount() throws Exception {
    rdt = SimulatedRdt.mount(NODE, "xeon");
    classes = NODE.node().settings().dir().resolve("rdt.yaml");
  }

  @AfterAll
  static void unmount() throws Exception {
    if (rdt != null) {
      NODE.node().agent().close();
      rdt.close();
      NODE.node().startAgent();
    }
  }

  @BeforeEach
  void classesWithoutLoad() throws Exception {
    Files.writeString(classes, CLASSES);
    calm();
  }

  private static void calm() throws IOException {
    rdt.play("capacity 0 10000", "delay 150", "noise 10", "load carafe-gold 0 6000 0 0");
  }

  private static void storm() throws IOException {
    rdt.play(
        "capacity 0 10000",
        "delay 150",
        "noise 10",
        "load carafe-gold 0 6000 0 0",
        "load carafe-batch 0 9000 0 0",
        "load carafe-other 0 100 0 0");
  }

  private static void control(String more) throws Exception {
    rdt.restartAgent(
        """
        [rdt]
        config_file = "%s"
        [rdt.controller]
        protect = "gold"
        target_mibps = %d
        throttle = ["batch"]
        interval_ms = %d
        %s
        """
            .formatted(classes, TARGET, INTERVAL_MS, more));
  }

  @Test
  void theProtectedClassKeepsItsBandwidthUnderALoadStep() throws Exception {
    control("");
    assertThat(mb("carafe-batch")).isEqualTo(90);
    storm();
    awaitThrottled();
    // Fifty intervals more at the most, as the law's own test has it.
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(rate("carafe-gold")).isGreaterThan(TARGET * 0.95));
    List<Long> values = watch(60);
    assertThat(turns(values)).as("MB over 60 intervals: %s", values).isLessThanOrEqualTo(2);
    assertThat(rate("carafe-gold")).isGreaterThan(TARGET * 0.9);
    assertThat(values).allMatch(value -> value >= 20);
    assertThat(mb("carafe-other")).isEqualTo(90);
    Awaitility.await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() ->
            assertThat(rdt.metric("carafe_rdt_controller_level_percent{domain=\"0\"}"))
                .isEqualTo((double) mb("carafe-batch")));
    assertThat(NODE.node().agent().tail())
        .contains("rdt controller: domain 0", "the protected class gets too little");

    calm();
    NODE.node().agent().close();
    assertThat(mb("carafe-batch")).isEqualTo(90);
    assertThat(record()).doesNotExist();
    NODE.node().startAgent();
  }

  @Test
  void aReloadStartsFromTheConfiguredValues() throws Exception {
    control("");
    storm();
    awaitThrottled();
    Files.writeString(classes, CLASSES.replace("90%", "70%"));
    hangUp();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(mb("carafe-other")).isEqualTo(70));
    awaitThrottled();
    calm();
    NODE.node().agent().close();
    assertThat(mb("carafe-batch")).isEqualTo(70);
    NODE.node().startAgent();
  }

  @Test
  void whatAKilledAgentLoweredIsPutBack() throws Exception {
    control("");
    storm();
    awaitThrottled();
    NODE.node().agent().kill();
    assertThat(mb("carafe-batch")).isLessThan(90);
    assertThat(record()).exists();
    rdt.restartAgent("[rdt]\nconfig_file = \"%s\"".formatted(classes));
    assertThat(mb("carafe-batch")).isEqualTo(90);
    assertThat(record()).doesNotExist();
  }

  @Test
  void aDryRunOnlySaysWhatItWouldDo() throws Exception {
    control("dry_run = true");
    storm();
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(
            () -> assertThat(NODE.node().agent().tail()).contains("would be set (dry run)"));
    assertThat(mb("carafe-batch")).isEqualTo(90);
    assertThat(record()).doesNotExist();
  }

  private static Path record() {
    return NODE.node().settings().state().resolve("rdt-throttled.json");
  }

  private static void awaitThrottled() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(mb("carafe-batch")).isLessThan(70));
  }

  private static void hangUp() throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-HUP", Long.toString(NODE.node().agent().pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** The MB value of a group in domain 0. */
  private static long mb(String group) throws IOException {
    for (String line : Files.readAllLines(rdt.root().resolve(group).resolve("schemata"))) {
      if (line.strip().startsWith("MB:")) {
        String first = line.substring(line.indexOf("0=") + 2);
        return Long.parseLong(first.substring(0, first.indexOf(';')).strip());
      }
    }
    throw new AssertionError("no MB in " + group);
  }

  /** MiB/s over a second. */
  private static double rate(String group) throws Exception {
    Path counter = rdt.root().resolve(group).resolve("mon_data/mon_L3_00/mbm_total_bytes");
    long start = System.nanoTime();
    long before = Long.parseLong(Files.readString(counter).strip());
    TimeUnit.SECONDS.sleep(1); // what is measured is a second
    long moved = Long.parseLong(Files.readString(counter).strip()) - before;
    return moved / ((System.nanoTime() - start) / 1e9) / (1 << 20);
  }

  /** The MB values of the throttled class over so many intervals. */
  private static List<Long> watch(int intervals) throws Exception {
    List<Long> values = new ArrayList<>();
    for (int i = 0; i < intervals; i++) {
      values.add(mb("carafe-batch"));
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MS); // a sample an interval
    }
    return values;
  }

  private static int turns(List<Long> values) {
    int turns = 0;
    int direction = 0;
    for (int i = 1; i < values.size(); i++) {
      int moved = Long.signum(values.get(i) - values.get(i - 1));
      turns += moved != 0 && direction != 0 && moved != direction ? 1 : 0;
      direction = moved == 0 ? direction : moved;
    }
    return turns;
  }
}
