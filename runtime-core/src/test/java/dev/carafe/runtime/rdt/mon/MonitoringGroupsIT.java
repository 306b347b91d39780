package dev.carafe.runtime.rdt.mon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.rdt.RdtAssignment;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.RdtManager;
import dev.carafe.runtime.rdt.SimulatedResctrl;
import dev.carafe.runtime.rdt.mon.MonitoringGroups.Scope;
import dev.carafe.runtime.spec.IntelRdt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Monitoring groups and counters on SIMULATED hardware: 4 classes, 8 RMIDs. */
final class MonitoringGroupsIT {
  @TempDir private static Path built;
  @TempDir private Path root;
  @TempDir private Path records;
  @TempDir private Path counters;
  private static Path program;
  private SimulatedResctrl simulator;

  @BeforeAll
  static void build() throws Exception {
    program = SimulatedResctrl.program(built);
  }

  @BeforeEach
  void mount() throws Exception {
    simulator = SimulatedResctrl.start(program, root, "small4", "--counters", counters.toString());
    Files.createDirectory(root.resolve("gold"));
  }

  @AfterEach
  void unmount() throws Exception {
    simulator.stop();
  }

  private MonitoringGroups open(Scope scope) throws IOException {
    return MonitoringGroups.open(root, records, scope);
  }

  private static Tenant tenant(String container, String pod) {
    return new Tenant(container, pod, "ns", "name-of-" + pod, "name-of-" + container);
  }

  private List<String> groups(String control) throws IOException {
    try (Stream<Path> entries = Files.list(root.resolve(control).resolve("mon_groups"))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> recorded() throws IOException {
    try (Stream<Path> entries = Files.list(records)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aContainersGroupComesAndGoes() throws Exception {
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    monitoring.join(tenant("c1", "p"), "gold");
    monitoring.join(tenant("c2", "p"), "/");
    monitoring.join(tenant("c2", "p"), "/");
    assertThat(groups("gold")).containsExactly("carafe-c1");
    assertThat(groups("")).containsExactly("carafe-c2");
    assertThat(monitoring.tasks("c1"))
        .containsExactly(
            root.resolve("gold/tasks"), root.resolve("gold/mon_groups/carafe-c1/tasks"));
    assertThat(monitoring.tasks("c2"))
        .containsExactly(root.resolve("tasks"), root.resolve("mon_groups/carafe-c2/tasks"));
    assertThat(monitoring.tasks("c3")).isNull();
    monitoring.release("c1");
    monitoring.release("c1");
    monitoring.release("c2");
    assertThat(groups("gold")).isEmpty();
    assertThat(groups("")).isEmpty();
    assertThat(recorded()).isEmpty();
  }

  @Test
  void aPodHasOneGroupInEachClassUntilItsLastContainerThereEnds() throws Exception {
    MonitoringGroups monitoring = open(Scope.POD);
    monitoring.join(tenant("c1", "p"), "gold");
    monitoring.join(tenant("c2", "p"), "gold");
    monitoring.join(tenant("c3", "p"), "/");
    assertThat(groups("gold")).containsExactly("carafe-p");
    assertThat(groups("")).containsExactly("carafe-p");
    monitoring.release("c1");
    assertThat(groups("gold")).containsExactly("carafe-p");
    monitoring.release("c2");
    assertThat(groups("gold")).isEmpty();
    assertThat(groups("")).containsExactly("carafe-p");
  }

  @Test
  void aContainerThatComesBackInAnotherClassMoves() throws Exception {
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    monitoring.join(tenant("c1", "p"), "gold");
    monitoring.join(tenant("c1", "p"), "/");
    assertThat(groups("gold")).isEmpty();
    assertThat(groups("")).containsExactly("carafe-c1");
  }

  @Test
  void anotherProcessFindsTheRecordsAndReleasesWhatNobodyNeeds() throws Exception {
    MonitoringGroups first = open(Scope.POD);
    first.join(tenant("c1", "p"), "gold");
    first.join(tenant("c2", "q"), "gold");
    MonitoringGroups second = open(Scope.CONTAINER);
    assertThat(second.tasks("c1")).isEqualTo(first.tasks("c1"));
    second.retain(Set.of("c2"));
    assertThat(groups("gold")).containsExactly("carafe-q");
    assertThat(recorded()).containsExactly("c2.json");
  }

  @Test
  void whatSomebodyElseMadeIsNeverRemoved() throws Exception {
    Files.createDirectory(root.resolve("gold/mon_groups/carafe-c1"));
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    monitoring.join(tenant("c1", "p"), "gold");
    open(Scope.CONTAINER).release("c1");
    assertThat(groups("gold")).containsExactly("carafe-c1");
    assertThat(recorded()).isEmpty();
  }

  @Test
  void withoutAMonitoringIdNothingIsLeft() throws Exception {
    MonitoringGroups monitoring = fillUp();
    List<String> before = recorded();
    assertThatThrownBy(() -> monitoring.join(tenant("c7", "p"), "gold"))
        .isInstanceOfSatisfying(
            RdtException.class, e -> assertThat(e.kind()).isEqualTo(RdtException.Kind.EXHAUSTED))
        .hasMessageContaining("Out of RMIDs");
    assertThat(monitoring.tasks("c7")).isNull();
    assertThat(recorded()).isEqualTo(before);
    monitoring.release("c1");
    monitoring.join(tenant("c7", "p"), "gold");
    assertThat(groups("gold")).contains("carafe-c7");
  }

  @Test
  void anIdThatRestsIsWaitedForBriefly() throws Exception {
    remount("--limbo-ms", "30");
    MonitoringGroups monitoring = fillUp();
    monitoring.release("c1");
    monitoring.join(tenant("c7", "p"), "gold");
    assertThat(groups("gold")).contains("carafe-c7").doesNotContain("carafe-c1");
  }

  @Test
  void anIdThatRestsForLongIsNotWaitedFor() throws Exception {
    remount("--limbo-ms", "3600000");
    MonitoringGroups monitoring = fillUp();
    monitoring.release("c1");
    long start = System.nanoTime();
    assertThatThrownBy(() -> monitoring.join(tenant("c7", "p"), "gold"))
        .isInstanceOf(RdtException.class)
        .hasMessageContaining("busy");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    assertThat(monitoring.tasks("c7")).isNull();
    assertThat(recorded()).doesNotContain("c7.json");
  }

  private void remount(String... options) throws Exception {
    simulator.stop();
    simulator = SimulatedResctrl.start(program, root, "small4", options);
    Files.createDirectory(root.resolve("gold"));
  }

  /** All of the eight ids: the root's, gold's, and six containers'. */
  private MonitoringGroups fillUp() throws IOException {
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    for (int i = 1; i <= 6; i++) {
      monitoring.join(tenant("c" + i, "p"), "gold");
    }
    return monitoring;
  }

  @Test
  void aMountThatIsGoneTakesGroupsWithIt() throws Exception {
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    monitoring.join(tenant("c1", "p"), "gold");
    simulator.stop();
    monitoring.release("c1");
    assertThat(recorded()).isEmpty();
    assertThatThrownBy(() -> monitoring.join(tenant("c1", "p"), "gold"))
        .isInstanceOfSatisfying(
            RdtException.class, e -> assertThat(e.kind()).isEqualTo(RdtException.Kind.UNAVAILABLE));
  }

  @Test
  void usageIsReadForClassesAndTenants() throws Exception {
    MonitoringGroups monitoring = open(Scope.POD);
    monitoring.join(tenant("c1", "p"), "gold");
    monitoring.join(tenant("c2", "p"), "gold");
    count("gold/mon_groups/carafe-p", "llc_occupancy", "4096");
    count("gold/mon_groups/carafe-p", "mbm_total_bytes", "18446744073709551615");
    count("gold/mon_groups/carafe-p", "mbm_local_bytes", "Unavailable");
    count("gold", "mbm_total_bytes", "77");
    count("gold", "llc_occupancy", "Error");
    List<Usage> usages = new UsageReader(root, monitoring, Duration.ZERO).read();
    assertThat(usages).hasSize(3);
    Usage pod = usages.get(2);
    assertThat(pod.controlGroup()).isEqualTo("gold");
    assertThat(Objects.requireNonNull(pod.tenant()).pod()).isEqualTo("name-of-p");
    assertThat(pod.tenant().container()).isEmpty();
    assertThat(pod.domains()).containsOnlyKeys(0);
    assertThat(pod.domains().get(0)).isEqualTo(new Counters(4096L, null, -1L));
    assertThat(Counters.toDouble(-1)).isEqualTo(0x1p64);
    assertThat(Counters.toDouble(5)).isEqualTo(5);
    assertThat(usages.get(1).tenant()).isNull();
    assertThat(usages.get(1).domains().get(0)).isEqualTo(new Counters(null, 0L, 77L));
  }

  @Test
  void countersAreNotReadAgainBeforeTheirTime() throws Exception {
    count("gold", "mbm_total_bytes", "1");
    UsageReader slow = new UsageReader(root, null, Duration.ofHours(1));
    UsageReader quick = new UsageReader(root, null, Duration.ZERO);
    assertThat(total(slow)).isEqualTo(1);
    assertThat(total(quick)).isEqualTo(1);
    count("gold", "mbm_total_bytes", "2");
    assertThat(total(slow)).isEqualTo(1);
    assertThat(total(quick)).isEqualTo(2);
  }

  @Test
  void hardwareThatOnlyMonitorsWillDo() throws Exception {
    simulator.stop();
    simulator = SimulatedResctrl.start(program, root, "mon");
    MonitoringGroups monitoring = open(Scope.CONTAINER);
    monitoring.join(tenant("c1", "p"), "/");
    assertThat(groups("")).containsExactly("carafe-c1");
    assertThat(new UsageReader(root, monitoring, Duration.ZERO).read()).hasSize(2);
    RdtManager manager = RdtManager.at(root, records.resolve("oci"));
    RdtAssignment place =
        manager.assign(new IntelRdt("/", List.of(), null, null, true, false, false), "c2");
    assertThat(place.monitoringGroup()).isDirectory();
    manager.release("c2");
    monitoring.release("c1");
    assertThat(groups("")).isEmpty();
  }

  @Test
  void withoutResctrlThereIsNoUsage() {
    Path absent = records.resolve("absent");
    assertThat(new UsageReader(absent, null, Duration.ZERO).read()).isEmpty();
  }

  private static long total(UsageReader reader) {
    Counters counters = Objects.requireNonNull(reader.read().get(1).domains().get(0));
    return Objects.requireNonNull(counters.totalBytes());
  }

  private void count(String group, String event, String text) throws IOException {
    Path domain = Files.createDirectories(counters.resolve(group).resolve("mon_data/mon_L3_00"));
    Files.writeString(domain.resolve(event), text + "\n");
  }
}
