package dev.carafe.runtime.rdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.rdt.RdtConfigurator.Changes;
import dev.carafe.runtime.rdt.RdtException.Kind;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtPlanner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Configurations on SIMULATED hardware: one socket, L3 of 20 bits, MB in steps of 10, 4 classes.
 */
final class RdtConfiguratorIT {
  private static final String TWO =
      """
      partitions:
        a: {l3Allocation: 60%, classes: {gold: }}
        b: {l3Allocation: 40%, mbAllocation: [50%], classes: {bronze: {l3Allocation: 50%}}}
      """;

  @TempDir private static Path built;
  @TempDir private Path mountpoint;
  @TempDir private Path records;
  private static Path program;

  private SimulatedResctrl simulator;
  private Resctrl resctrl;
  private OwnershipStore containers;

  @BeforeAll
  static void build() throws Exception {
    program = SimulatedResctrl.program(built);
  }

  @BeforeEach
  void mount() throws Exception {
    simulator = SimulatedResctrl.start(program, mountpoint, "small4");
    resctrl = Resctrl.open(simulator.root());
    containers = new DirectoryOwnershipStore(records, Files::write);
  }

  @AfterEach
  void unmount() throws Exception {
    simulator.stop();
  }

  /** As another process would do it: nothing in memory is shared. */
  private Changes apply(String yaml) {
    ConfiguredGroups record = new ConfiguredGroups(records.resolve("groups"), Files::write);
    return new RdtConfigurator(resctrl, record, containers, "carafe-")
        .apply(
            RdtPlanner.plan(RdtConfigReader.read(yaml), Hardware.read(mountpoint, null))
                .configured(),
            Map.of());
  }

  private static void fails(ThrowingCallable call, Kind kind, String words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(RdtException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(words);
  }

  /** All groups with their schemata, as text. */
  private Map<String, String> tree() throws Exception {
    Map<String, String> tree = new TreeMap<>();
    tree.put("/", Files.readString(mountpoint.resolve("schemata")));
    for (String group : resctrl.classes()) {
      tree.put(group, Files.readString(mountpoint.resolve(group).resolve("schemata")));
    }
    return tree;
  }

  private List<String> lines(String group) {
    return resctrl.schemata(resctrl.group(group)).lines();
  }

  @Test
  void makesTheGroupsWithTheirSchemata() {
    assertThat(apply(TWO))
        .isEqualTo(new Changes(List.of("carafe-bronze", "carafe-gold"), List.of()));
    assertThat(lines("carafe-gold")).containsExactly("L3:0=fff", "MB:0=100");
    assertThat(lines("carafe-bronze")).containsExactly("L3:0=f000", "MB:0=50");
    assertThat(lines("/")).containsExactly("L3:0=fffff", "MB:0=100");
    assertThat(apply(TWO)).isEqualTo(new Changes(List.of(), List.of()));
  }

  @Test
  void aReloadChangesMakesAndRemoves() {
    apply(TWO);
    String other = TWO.replace("60%", "30%").replace("bronze", "silver");
    assertThat(apply(other))
        .isEqualTo(new Changes(List.of("carafe-silver"), List.of("carafe-bronze")));
    assertThat(resctrl.classes()).containsExactly("carafe-gold", "carafe-silver");
    assertThat(lines("carafe-gold")).containsExactly("L3:0=3f", "MB:0=100");
    apply("");
    assertThat(resctrl.classes()).isEmpty();
  }

  @Test
  void unusedGroupsMakeRoomForNewOnes() {
    apply("partitions: {p: {classes: {a: , b: , c: }}}");
    apply("partitions: {p: {classes: {d: , e: , f: }}}");
    assertThat(resctrl.classes()).containsExactly("carafe-d", "carafe-e", "carafe-f");
  }

  @Test
  void aWriteThatTheKernelRefusesChangesNothing() throws Exception {
    apply(TWO);
    Path foreign = Files.createDirectory(mountpoint.resolve("theirs"));
    Files.writeString(foreign.resolve("schemata"), "L3:0=f0000\n");
    for (String group : List.of("", "carafe-gold", "carafe-bronze")) {
      Files.writeString(mountpoint.resolve(group).resolve("schemata"), "L3:0=ff\n");
    }
    Files.writeString(foreign.resolve("mode"), "exclusive\n");
    Map<String, String> before = tree();
    String record = Files.readString(records.resolve("groups"));
    String yaml =
        "partitions: {p: {l3Allocation: , mbAllocation: , classes: {bronze: {l3Allocation: '0xf'},"
            + " gold: , '': {mbAllocation: [50%]}}}}";
    fails(() -> apply(yaml), Kind.KERNEL, "last_cmd_status: Overlaps with exclusive group");
    assertThat(tree()).isEqualTo(before);
    assertThat(Files.readString(records.resolve("groups"))).isEqualTo(record);
    String renamed = yaml.replace("bronze", "aaa");
    fails(() -> apply(renamed), Kind.KERNEL, "last_cmd_status: Overlaps with exclusive group");
    assertThat(tree().keySet()).isEqualTo(before.keySet());
    assertThat(tree().get("theirs")).isEqualTo(before.get("theirs"));
  }

  @Test
  void whenClassesRunOutNothingChanges() throws Exception {
    Files.createDirectory(mountpoint.resolve("theirs"));
    apply(TWO);
    Map<String, String> before = tree();
    String three = TWO.replace("60%", "10%") + "  c: {l3Allocation: 10%, classes: {tin: }}\n";
    fails(() -> apply(three), Kind.EXHAUSTED, "[carafe-bronze, carafe-gold, theirs]");
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void aClassInUseStaysAndTheConfigurationIsRefused() throws Exception {
    apply(TWO);
    Map<String, String> before = tree();
    String without = TWO.replace("gold", "other").replace("40%", "10%");
    Process sleeper = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(mountpoint.resolve("carafe-gold/tasks"), Long.toString(sleeper.pid()));
      fails(() -> apply(without), Kind.IN_USE, "in use by task " + sleeper.pid());
    } finally {
      sleeper.destroyForcibly().waitFor();
    }
    containers.put(new Ownership("c1", "carafe-gold", false, null, false, null));
    fails(() -> apply(without), Kind.IN_USE, "in use by container c1");
    containers.remove("c1");
    Path theirs = Files.createDirectory(mountpoint.resolve("carafe-gold/mon_groups/theirs"));
    fails(() -> apply(without), Kind.IN_USE, "in use by monitoring group theirs");
    assertThat(tree()).isEqualTo(before);
    Files.delete(theirs);
    assertThat(apply(without).removed()).containsExactly("carafe-gold");
  }

  @Test
  void foreignGroupsStayWhateverTheirName() throws Exception {
    Files.createDirectory(mountpoint.resolve("carafe-theirs"));
    Path gold = Files.createDirectory(mountpoint.resolve("carafe-gold"));
    fails(() -> apply(TWO), Kind.MISMATCH, "carafe-gold is not Carafe's by its record");
    assertThat(resctrl.classes()).containsExactly("carafe-gold", "carafe-theirs");
    Files.writeString(gold.resolve("schemata"), "L3:0=fff\n");
    assertThat(apply(TWO).made()).containsExactly("carafe-bronze");
    apply("");
    assertThat(resctrl.classes()).containsExactly("carafe-gold", "carafe-theirs");
  }

  @Test
  void theRootClassIsPutBackAsItWas() throws Exception {
    Files.writeString(mountpoint.resolve("schemata"), "L3:0=7ffff\n");
    String root = "partitions: {p: {l3Allocation: 50%, classes: {system/default: }}}";
    apply(root);
    assertThat(lines("/")).containsExactly("L3:0=3ff", "MB:0=100");
    apply(root.replace("50%", "10%"));
    assertThat(lines("/")).containsExactly("L3:0=3", "MB:0=100");
    apply(TWO);
    assertThat(lines("/")).containsExactly("L3:0=7ffff", "MB:0=100");
    Files.writeString(mountpoint.resolve("schemata"), "L3:0=ff\n");
    apply("");
    assertThat(lines("/")).containsExactly("L3:0=ff", "MB:0=100");
  }

  /** What a kill -9 between any two steps can leave: the record is wider than the groups. */
  @Test
  void anUnfinishedApplicationIsFinishedByTheNext() throws Exception {
    ConfiguredGroups record = new ConfiguredGroups(records.resolve("groups"), Files::write);
    record.write(
        new ConfiguredGroups.State(Set.of("carafe-gold", "carafe-bronze", "carafe-old"), null));
    Files.createDirectory(mountpoint.resolve("carafe-gold"));
    Files.createDirectory(mountpoint.resolve("carafe-old"));
    assertThat(apply(TWO)).isEqualTo(new Changes(List.of("carafe-bronze"), List.of("carafe-old")));
    assertThat(lines("carafe-gold")).containsExactly("L3:0=fff", "MB:0=100");
  }
}
