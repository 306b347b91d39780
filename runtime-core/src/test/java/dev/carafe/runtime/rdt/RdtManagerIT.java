package dev.carafe.runtime.rdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.rdt.RdtClasses.Choice;
import dev.carafe.runtime.rdt.RdtClasses.Source;
import dev.carafe.runtime.rdt.RdtException.Kind;
import dev.carafe.runtime.spec.IntelRdt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * OCI's rules for linux.intelRdt against SIMULATED hardware: one socket, L3 of 20 bits, MB in steps
 * of 10, 4 classes, 8 RMIDs.
 */
final class RdtManagerIT {
  @TempDir private static Path built;
  @TempDir private Path mountpoint;
  @TempDir private Path records;
  private static Path program;

  private SimulatedResctrl simulator;
  private Resctrl resctrl;
  private RdtManager manager;

  @BeforeAll
  static void build() throws Exception {
    program = SimulatedResctrl.program(built);
  }

  @BeforeEach
  void mount() throws Exception {
    simulator = SimulatedResctrl.start(program, mountpoint, "small4");
    resctrl = Resctrl.open(simulator.root());
    manager = newManager();
  }

  @AfterEach
  void unmount() throws Exception {
    simulator.stop();
  }

  /** As another process would make it: nothing in memory is shared. */
  private RdtManager newManager() {
    return new RdtManager(mountpoint, new DirectoryOwnershipStore(records, Files::write));
  }

  private static IntelRdt rdt(@Nullable String closId, boolean monitoring, String... schemata) {
    return new IntelRdt(closId, List.of(schemata), null, null, monitoring, false, false);
  }

  private static void fails(ThrowingCallable call, Kind kind, String words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RdtException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(words);
  }

  private String schemata(String group) throws Exception {
    return Files.readString(mountpoint.resolve(group).resolve("schemata"));
  }

  @Test
  void readsWhatTheHardwareCanDo() {
    ResctrlInfo info = resctrl.info();
    assertThat(info.caches().get("L3")).isEqualTo(new ResctrlInfo.Cache(0xfffff, 1, 0, 4));
    assertThat(info.bandwidth()).isEqualTo(new ResctrlInfo.Bandwidth(10, 10, true, 4));
    assertThat(info.monitoring()).isNotNull();
    assertThat(info.classes()).isEqualTo(3);
  }

  @Test
  void withoutClosIdTheGroupIsTheContainersAndGoesWithItInAnotherProcess() throws Exception {
    RdtAssignment place =
        manager.assign(
            new IntelRdt(null, List.of("L3:0=3"), "L3:0=ff", "MB:0=25", true, false, false), "c1");
    assertThat(place.tasksFiles())
        .containsExactly(
            mountpoint.resolve("c1/tasks"), mountpoint.resolve("c1/mon_groups/c1/tasks"));
    assertThat(resctrl.schemata(place.controlGroup()))
        .isEqualTo(Schemata.parse(List.of("L3:0=3", "MB:0=30")));
    assertThat(newManager().find("c1")).isEqualTo(place);
    newManager().release("c1");
    assertThat(resctrl.classes()).isEmpty();
    assertThat(newManager().find("c1")).isNull();
    newManager().release("c1");
  }

  @Test
  void aForeignGroupOfTheContainersNameIsUsedAndKept() throws Exception {
    Files.createDirectory(mountpoint.resolve("c1"));
    manager.assign(rdt(null, false), "c1");
    manager.release("c1");
    assertThat(resctrl.classes()).containsExactly("c1");
  }

  @Test
  void aNamedClassWithSchemaIsMadeAndKept() throws Exception {
    manager.assign(rdt("gold", true, "L3:0=f"), "c1");
    assertThat(schemata("gold")).contains("L3:0=0000f");
    assertThat(mountpoint.resolve("gold/mon_groups/c1")).isDirectory();
    manager.release("c1");
    assertThat(resctrl.classes()).containsExactly("gold");
    assertThat(mountpoint.resolve("gold/mon_groups/c1")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"L3:0=0f, same", "MB:0=21, rounded", "L3:0=f;, extra resources of the class"})
  void anExistingClassThatMeansTheSameIsUsed(String wanted, String why) throws Exception {
    manager.assign(rdt("gold", false, "L3:0=f", "MB:0=30"), "c1");
    String before = schemata("gold");
    assertThat(manager.assign(rdt("gold", false, wanted), "c2").controlGroup())
        .as(why)
        .isEqualTo(mountpoint.resolve("gold"));
    assertThat(schemata("gold")).isEqualTo(before);
  }

  @Test
  void anExistingClassThatMeansAnotherThingIsAnErrorAndStaysAsItIs() throws Exception {
    manager.assign(rdt("gold", false, "L3:0=f"), "c1");
    String before = schemata("gold");
    fails(
        () -> manager.assign(rdt("gold", true, "L3:0=ff"), "c2"),
        Kind.MISMATCH,
        "L3:0 is f, wanted ff");
    assertThat(schemata("gold")).isEqualTo(before);
    assertThat(manager.find("c2")).isNull();
    assertThat(mountpoint.resolve("gold/mon_groups/c2")).doesNotExist();
  }

  @Test
  void aClassWithoutSchemaMustExist() {
    fails(() -> manager.assign(rdt("gold", false), "c1"), Kind.NO_CLASS, "'gold'");
    assertThat(resctrl.classes()).isEmpty();
  }

  @Test
  void theRootClassIsComparedAndNeverRemoved() throws Exception {
    RdtAssignment place = manager.assign(rdt("/", true, "L3:0=fffff"), "c1");
    assertThat(place.tasksFiles())
        .containsExactly(mountpoint.resolve("tasks"), mountpoint.resolve("mon_groups/c1/tasks"));
    manager.release("c1");
    assertThat(mountpoint.resolve("mon_groups/c1")).doesNotExist();
    fails(() -> manager.assign(rdt("/", false, "L3:0=f"), "c1"), Kind.MISMATCH, "L3:0");
    assertThat(schemata(".")).contains("L3:0=fffff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"info", "mon_groups", "mon_data", "..", "a/b", "a\nb"})
  void namesThatNoClassCanHaveAreRefused(String name) {
    fails(() -> manager.assign(rdt(name, false, "L3:0=f"), "c1"), Kind.INVALID, "class of service");
  }

  @Test
  void aFileOfTheKernelIsNoClass() {
    fails(() -> manager.assign(rdt("tasks", false, "L3:0=f"), "c1"), Kind.INVALID, "not a class");
  }

  @Test
  void refusedSchemataLeaveNoGroupAndCarryTheKernelsWords() {
    fails(() -> manager.assign(rdt(null, true, "L3:0=5"), "c1"), Kind.KERNEL, "last_cmd_status: ");
    fails(() -> manager.assign(rdt("new", true, "MB:0=5"), "c1"), Kind.KERNEL, "MB:0=5");
    assertThat(resctrl.classes()).isEmpty();
    assertThat(manager.find("c1")).isNull();
  }

  @Test
  void anAbsentResourceIsNamed() {
    fails(() -> manager.assign(rdt("gold", false, "L2:0=f"), "c1"), Kind.INVALID, "L2");
  }

  @Test
  void runningOutOfClassesSaysSo() {
    for (String id : List.of("c1", "c2", "c3")) {
      manager.assign(rdt(null, false), id);
    }
    fails(() -> manager.assign(rdt(null, false), "c4"), Kind.EXHAUSTED, "[c1, c2, c3]");
    manager.release("c2");
    assertThat(manager.assign(rdt(null, false), "c4").controlGroup()).isDirectory();
  }

  @Test
  void runningOutOfMonitoringIdsTakesTheGroupBack() throws Exception {
    manager.assign(rdt("gold", false, "L3:0=f"), "c0");
    // Of 8 RMIDs the root class and gold have one each.
    for (int i = 0; i < 6; i++) {
      Files.createDirectory(mountpoint.resolve("mon_groups/m" + i));
    }
    fails(() -> manager.assign(rdt("gold", true), "c1"), Kind.EXHAUSTED, "monitoring ids");
    assertThat(manager.find("c1")).isNull();
    assertThat(resctrl.classes()).containsExactly("gold");
  }

  @Test
  void repeatingAnAssignmentFinishesWhatACrashLeft() throws Exception {
    new DirectoryOwnershipStore(records, Files::write)
        .put(new Ownership("c1", "c1", true, "c1", true, null));
    Files.createDirectory(mountpoint.resolve("c1"));
    manager.assign(rdt(null, true, "L3:0=f"), "c1");
    assertThat(schemata("c1")).contains("L3:0=0000f");
    manager.release("c1");
    assertThat(resctrl.classes()).isEmpty();
  }

  @Test
  void aFailedRepetitionKeepsTheRunningContainersGroups() {
    RdtAssignment place = manager.assign(rdt(null, true, "L3:0=f"), "c1");
    fails(() -> manager.assign(rdt(null, true, "L3:0=5"), "c1"), Kind.KERNEL, "L3:0=5");
    assertThat(place.tasksFiles()).allMatch(Files::exists);
    assertThat(manager.find("c1")).isEqualTo(place);
  }

  @Test
  void classesByNamePreferOurOwn() throws Exception {
    RdtClasses classes = new RdtClasses(resctrl, RdtClasses.DEFAULT_PREFIX);
    Choice gold = new Choice("gold", Source.POD, "key");
    fails(() -> classes.closId(gold), Kind.NO_CLASS, "'gold' of annotation key");
    Files.createDirectory(mountpoint.resolve("gold"));
    assertThat(classes.closId(gold)).isEqualTo("gold");
    Files.createDirectory(mountpoint.resolve("carafe-gold"));
    assertThat(classes.closId(gold)).isEqualTo("carafe-gold");
    assertThat(classes.closId(new Choice("", Source.POD, "key"))).isEqualTo("/");
    assertThat(classes.closId(new Choice("system/default", Source.POD, "key"))).isEqualTo("/");
  }

  @Test
  void anUpdateChangesWhatItNamesAndCanBeTakenBack() throws Exception {
    manager.assign(rdt(null, false, "L3:0=f", "MB:0=30"), "c1");
    Schemata before = newManager().update("c1", "L3:0=ff", null);
    assertThat(lines("c1")).containsExactly("L3:0=ff", "MB:0=30");
    manager.update("c1", null, "MB:0=55");
    assertThat(lines("c1")).containsExactly("L3:0=ff", "MB:0=60");
    newManager().restore("c1", before);
    assertThat(lines("c1")).containsExactly("L3:0=f", "MB:0=30");
  }

  @Test
  void aRefusedUpdateChangesNothing() throws Exception {
    manager.assign(rdt(null, false, "L3:0=f", "MB:0=30"), "c1");
    fails(
        () -> manager.update("c1", "L3:0=ff", "MB:0=5"),
        Kind.KERNEL,
        "last_cmd_status: MB value 5 out of range");
    fails(() -> manager.update("c1", "L3:0=5", "MB:0=50"), Kind.KERNEL, "non-consecutive");
    fails(() -> manager.update("c1", null, "L3:0=1"), Kind.INVALID, "must start with MB:");
    fails(() -> manager.update("c1", "L2:0=1", null), Kind.INVALID, "L2");
    fails(() -> manager.update("c2", "L3:0=1", null), Kind.NO_CLASS, "c2 has no class");
    assertThat(lines("c1")).containsExactly("L3:0=f", "MB:0=30");
  }

  @Test
  void aGroupThatSeveralOwnGoesWithTheLast() {
    OwnershipStore store = new DirectoryOwnershipStore(records, Files::write);
    for (String id : List.of("c1", "c2")) {
      store.put(new Ownership(id, "pod", true, null, false, null));
      manager.assign(rdt("pod", false, "L3:0=f"), id);
    }
    manager.release("c1");
    assertThat(resctrl.classes()).containsExactly("pod");
    newManager().release("c2");
    assertThat(resctrl.classes()).isEmpty();
  }

  @Test
  void withoutTheMountARecordIsForgotten(@TempDir Path empty) {
    OwnershipStore store = new DirectoryOwnershipStore(records, Files::write);
    store.put(new Ownership("c1", "c1", true, null, false, null));
    new RdtManager(empty, store).release("c1");
    assertThat(store.all()).isEmpty();
  }

  @Test
  void statsAreThoseOfTheContainersClass() throws Exception {
    RdtAssignment place = manager.assign(rdt(null, true, "L3:0=f", "MB:0=30"), "c1");
    String json = new ObjectMapper().writeValueAsString(RdtStats.read(mountpoint, place));
    assertThat(json)
        .isEqualTo(
            "{\"l3_cache_info\":{\"cbm_mask\":\"fffff\",\"min_cbm_bits\":1,\"num_closids\":4},"
                + "\"l3_cache_schema_root\":\"L3:0=fffff\",\"l3_cache_schema\":\"L3:0=f\","
                + "\"mem_bw_info\":{\"bandwidth_gran\":10,\"delay_linear\":1,\"min_bandwidth\":10,"
                + "\"num_closids\":4},\"mem_bw_schema_root\":\"MB:0=100\","
                + "\"mem_bw_schema\":\"MB:0=30\",\"schemata\":[\"L3:0=f\",\"MB:0=30\"],"
                + "\"mbm_stats\":[{\"mbm_total_bytes\":0,\"mbm_local_bytes\":0}],"
                + "\"cmt_stats\":[{\"llc_occupancy\":0}]}");
  }

  private List<String> lines(String group) {
    return resctrl.schemata(resctrl.group(group)).lines();
  }

  @Test
  void withoutResctrlTheErrorSaysHowToMountIt(@TempDir Path empty) {
    fails(() -> Resctrl.open(empty), Kind.UNAVAILABLE, "mount -t resctrl");
  }
}
