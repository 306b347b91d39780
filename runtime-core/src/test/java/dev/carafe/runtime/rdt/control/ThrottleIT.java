package dev.carafe.runtime.rdt.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.SimulatedResctrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MB values lowered and put back on SIMULATED hardware: two sockets, MB in steps of 10 %. */
final class ThrottleIT {
  @TempDir private static Path built;
  @TempDir private Path root;
  @TempDir private Path state;
  @TempDir private Path counters;
  private static Path program;
  private SimulatedResctrl simulator;

  @BeforeAll
  static void build() throws Exception {
    program = SimulatedResctrl.program(built);
  }

  @BeforeEach
  void mount() throws Exception {
    simulator = SimulatedResctrl.start(program, root, "xeon", "--counters", counters.toString());
    Files.createDirectory(root.resolve("a"));
    Files.createDirectory(root.resolve("b"));
    Files.writeString(root.resolve("a/schemata"), "MB:0=80;1=50\n");
  }

  @AfterEach
  void unmount() throws Exception {
    simulator.stop();
  }

  private Path record() {
    return state.resolve("record.json");
  }

  /** As another process would make it. */
  private Throttle open() throws IOException {
    return new Throttle(root, record());
  }

  private String mb(String group) throws IOException {
    return Files.readAllLines(root.resolve(group).resolve("schemata")).stream()
        .map(line -> line.replace(" ", ""))
        .filter(line -> line.startsWith("MB:"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void valuesAreLoweredByDomainAndNeverRaised() throws Exception {
    Throttle throttle = open();
    throttle.limit(List.of("a", "b"), Map.of(0, 60, 1, 70));
    assertThat(mb("a")).isEqualTo("MB:0=60;1=50");
    assertThat(mb("b")).isEqualTo("MB:0=60;1=70");
    throttle.limit(List.of("a", "b"), Map.of(0, 90, 1, 40));
    assertThat(mb("a")).isEqualTo("MB:0=80;1=40");
    assertThat(mb("b")).isEqualTo("MB:0=90;1=40");
  }

  @Test
  void whatIsThrottledNoMoreIsForgotten() throws Exception {
    Throttle throttle = open();
    throttle.limit(List.of("a"), Map.of(0, 60));
    assertThat(record()).exists();
    throttle.limit(List.of("a"), Map.of(0, 100, 1, 100));
    assertThat(mb("a")).isEqualTo("MB:0=80;1=50");
    assertThat(record()).doesNotExist();
  }

  @Test
  void anotherProcessPutsBackWhatThisOneLowered() throws Exception {
    open().limit(List.of("a", "b"), Map.of(0, 30, 1, 30));
    Throttle later = open();
    later.restore();
    later.restore();
    assertThat(mb("a")).isEqualTo("MB:0=80;1=50");
    assertThat(mb("b")).isEqualTo("MB:0=100;1=100");
    assertThat(record()).doesNotExist();
  }

  @Test
  void theValuesBeforeAreThoseOfTheFirstChange() throws Exception {
    open().limit(List.of("a"), Map.of(0, 30));
    open().limit(List.of("a"), Map.of(0, 20));
    open().restore();
    assertThat(mb("a")).isEqualTo("MB:0=80;1=50");
  }

  @Test
  void groupsThatAreGoneAreLeftOut() throws Exception {
    open().limit(List.of("a", "b"), Map.of(0, 30));
    Files.delete(root.resolve("a"));
    open().limit(List.of("a", "b"), Map.of(0, 20));
    assertThat(mb("b")).isEqualTo("MB:0=20;1=100");
    open().restore();
    assertThat(mb("b")).isEqualTo("MB:0=100;1=100");
    assertThat(root.resolve("a")).doesNotExist();
    assertThat(record()).doesNotExist();
  }

  @Test
  void withTheMountAllIsForgotten() throws Exception {
    open().limit(List.of("a"), Map.of(0, 30));
    simulator.stop();
    open().restore();
    assertThat(record()).doesNotExist();
  }

  @Test
  void ratesAreOfWhatBothLooksCounted() throws Exception {
    DomainRates rates = new DomainRates();
    count("a", 0, "1000");
    count("a", 1, "Unavailable");
    assertThat(rates.next(root.resolve("a"))).isEmpty();
    count("a", 0, "100000000");
    count("a", 1, "5");
    assertThat(rates.next(root.resolve("a"))).containsOnlyKeys(0);
    // A monitoring group in it went, and what it had counted.
    count("a", 0, "500");
    count("a", 1, "5");
    assertThat(rates.next(root.resolve("a"))).containsOnly(Map.entry(1, 0.0));
  }

  private void count(String group, int domain, String text) throws IOException {
    Path directory =
        Files.createDirectories(counters.resolve(group + "/mon_data/mon_L3_0" + domain));
    Files.writeString(directory.resolve("mbm_total_bytes"), text + "\n");
  }
}
