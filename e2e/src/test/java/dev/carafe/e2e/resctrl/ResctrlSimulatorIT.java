package dev.carafe.e2e.resctrl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.e2e.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rules of the kernel's resctrl that the simulator keeps, one test each. Needs root. With
 * {@code -Dcarafe.resctrl=/sys/fs/resctrl} they are held against that real tree, of an Intel
 * machine with L3 allocation and monitoring that has two CLOSIDs and two RMIDs to spare; those that
 * lean on a simulated shape are skipped then.
 */
class ResctrlSimulatorIT {
  private static final Path E2E = Path.of(System.getProperty("carafe.home")).resolve("e2e");
  private static final Path PROGRAM = E2E.resolve("target/resctrl-sim");

  private static final String REAL = System.getProperty("carafe.resctrl", "");

  @TempDir Path temp;
  private final Deque<Path> made = new ArrayDeque<>();
  private Path root = Path.of("/nonexistent");
  private @Nullable ResctrlSimulator simulator;

  @BeforeAll
  static void build() throws Exception {
    if (!REAL.isEmpty()) {
      return;
    }
    Command made = Command.run("make", "-s", "-C", E2E.resolve("resctrl-sim").toString());
    Assumptions.assumeTrue(!made.stderr().contains("SKIP"), made.stderr().strip());
    assertThat(made.exit()).as(made.stderr()).isZero();
  }

  @BeforeEach
  void mount() throws Exception {
    if (REAL.isEmpty()) {
      remount();
    } else {
      root = Path.of(REAL);
    }
  }

  @AfterEach
  void unmount() throws Exception {
    if (simulator == null) {
      for (Path group : made) {
        Files.deleteIfExists(group);
      }
      return;
    }
    simulator.close();
    assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(root.toString());
  }

  /** For rules that are told with the numbers of a profile. */
  private static void needsItsShape() {
    Assumptions.assumeTrue(
        REAL.isEmpty(), "SKIP simulated shape: the real tree " + REAL + " has another");
  }

  private void remount(String... options) throws Exception {
    needsItsShape();
    if (simulator != null) {
      simulator.close();
    }
    root = Files.createDirectories(temp.resolve("resctrl"));
    try {
      simulator = ResctrlSimulator.start(PROGRAM, root, options);
    } catch (ResctrlSimulator.MissingException e) {
      Assumptions.abort(String.valueOf(e.getMessage()));
    }
  }

  // --- what there is
  // -------------------------------------------------------------------------------------------------

  @Test
  void saysThatItIsSimulated() throws Exception {
    needsItsShape();
    assertThat(Command.run(PROGRAM.toString(), "--help").stdout())
        .contains("SIMULATED", "xeon", "small4");
    assertThat(Files.readString(Path.of("/proc/mounts")))
        .contains("resctrl-SIMULATED " + root + " fuse.resctrl-SIMULATED ");
  }

  @Test
  void withoutForkEventsItRefusesByName() throws Exception {
    needsItsShape();
    Command result = Command.run("unshare", "--pid", "--fork", PROGRAM.toString(), temp.toString());
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.stderr()).contains("SKIP resctrl-sim", "fork events");
  }

  @Test
  void theRootHasTheFilesOfTheDefaultGroupAndInfo() throws Exception {
    needsItsShape();
    assertThat(names(root))
        .containsExactly(
            "cpus",
            "cpus_list",
            "info",
            "mode",
            "mon_data",
            "mon_groups",
            "schemata",
            "size",
            "tasks");
    assertThat(names(root.resolve("info")))
        .containsExactly("L3", "L3_MON", "MB", "last_cmd_status");
    assertThat(names(root.resolve("mon_data"))).containsExactly("mon_L3_00", "mon_L3_01");
    assertThat(names(root.resolve("mon_data/mon_L3_00")))
        .containsExactly("llc_occupancy", "mbm_local_bytes", "mbm_total_bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "L3/num_closids, 16",
    "L3/cbm_mask, fffff",
    "L3/min_cbm_bits, 1",
    "L3/shareable_bits, 0",
    "L3/sparse_masks, 0",
    "L3/bit_usage, 0=SSSSSSSSSSSSSSSSSSSS;1=SSSSSSSSSSSSSSSSSSSS",
    "MB/num_closids, 16",
    "MB/min_bandwidth, 10",
    "MB/bandwidth_gran, 10",
    "MB/delay_linear, 1",
    "MB/thread_throttle_mode, max",
    "L3_MON/num_rmids, 32",
    "L3_MON/max_threshold_occupancy, 65536",
    "last_cmd_status, ok"
  })
  void infoTellsTheHardware(String file, String content) throws Exception {
    needsItsShape();
    assertThat(read("info/" + file)).isEqualTo(content + "\n");
  }

  @Test
  void monFeaturesAreListed() throws Exception {
    needsItsShape();
    assertThat(read("info/L3_MON/mon_features"))
        .isEqualTo("llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
  }

  @Test
  void aProfileWithoutMonitoringHasNoMonFiles() throws Exception {
    remount("--profile", "haswell");
    assertThat(names(root))
        .containsExactly("cpus", "cpus_list", "info", "mode", "schemata", "size", "tasks");
    assertThat(names(root.resolve("info"))).containsExactly("L3", "last_cmd_status");
    assertThat(read("info/L3/bit_usage")).isEqualTo("0=XXSSSSSSSSSSSSSSSSSS\n");
  }

  // --- groups
  // --------------------------------------------------------------------------------------------------------

  @Test
  void mkdirMakesAControlGroupWithItsFilesAndFullAllocation() throws Exception {
    needsItsShape();
    Path group = group("a");
    assertThat(names(group))
        .containsExactly(
            "cpus", "cpus_list", "mode", "mon_data", "mon_groups", "schemata", "size", "tasks");
    assertThat(read("a/schemata")).isEqualTo("    MB:0=  100;1=  100\n    L3:0=fffff;1=fffff\n");
    assertThat(read("a/size")).isEqualTo("    MB:0=100;1=100\n    L3:0=31457280;1=31457280\n");
    assertThat(read("a/mode")).isEqualTo("shareable\n");
    assertThat(read("a/tasks")).isEmpty();
    assertThat(read("a/cpus")).isEqualTo("0000\n");
  }

  @Test
  void mkdirWithoutAFreeClosidIsENOSPC() throws Exception {
    remount("--profile", "small4");
    for (String name : List.of("a", "b", "c")) {
      group(name);
    }
    assertThatThrownBy(() -> group("d")).hasMessageContaining("No space left on device");
    assertThat(read("info/last_cmd_status")).isEqualTo("Out of CLOSIDs\n");
    Files.delete(root.resolve("b"));
    assertThat(names(group("d"))).contains("schemata");
  }

  @ParameterizedTest
  @CsvSource({"info", "mon_data", "mon_groups", "tasks"})
  void namesThatAreThereAreRefused(String name) {
    assertThatThrownBy(() -> group(name))
        .isInstanceOf(java.nio.file.FileAlreadyExistsException.class);
  }

  @ParameterizedTest
  @CsvSource({"info/x", "mon_data/x", "a/x", "a/mon_groups/m/x", "a/mon_groups/mon_groups"})
  void mkdirElsewhereIsEPERM(String path) throws Exception {
    group("a");
    group("a/mon_groups/m");
    assertThatThrownBy(() -> group(path)).hasMessageContaining("Operation not permitted");
  }

  @Test
  void aNewlineInANameIsEINVAL() {
    assertThatThrownBy(() -> group("a\nb")).hasMessageContaining("Invalid argument");
  }

  @ParameterizedTest
  @CsvSource({"info", "info/L3", "mon_data", "mon_groups", "a/mon_groups", "a/mon_data/mon_L3_00"})
  void onlyGroupsCanBeRemoved(String path) throws Exception {
    group("a");
    assertThat(Command.run("rmdir", root.resolve(path).toString()).stderr())
        .contains("Operation not permitted");
  }

  @Test
  void filesAreNeitherMadeNorRemoved() throws Exception {
    assertThatThrownBy(() -> Files.createFile(root.resolve("x"))).hasMessageContaining(root + "/x");
    assertThatThrownBy(() -> Files.delete(root.resolve("tasks")))
        .hasMessageContaining("Operation not permitted");
    assertThat(names(root)).contains("tasks").doesNotContain("x");
  }

  @Test
  void aControlGroupGoesWithItsMonitoringGroups() throws Exception {
    group("a");
    group("a/mon_groups/m");
    Files.delete(root.resolve("a"));
    assertThat(root.resolve("a")).doesNotExist();
    assertThat(names(group("a").resolve("mon_groups"))).isEmpty();
  }

  @Test
  void rmidsRunOutAndAreBusyAfterRemoval() throws Exception {
    remount("--profile", "small4", "--limbo-ms", "3600000");
    for (int i = 1; i < 8; i++) {
      group("mon_groups/m" + i);
    }
    assertThatThrownBy(() -> group("mon_groups/m8"))
        .hasMessageContaining("No space left on device");
    assertThat(read("info/last_cmd_status")).isEqualTo("Out of RMIDs\n");
    Files.delete(root.resolve("mon_groups/m3"));
    assertThatThrownBy(() -> group("mon_groups/m8"))
        .hasMessageContaining("Device or resource busy");
    assertThatThrownBy(() -> group("a")).hasMessageContaining("Device or resource busy");
    assertThat(root.resolve("a")).doesNotExist();
  }

  // --- schemata
  // ------------------------------------------------------------------------------------------------------

  @Test
  void schemataTakesWhatIsGoodAndKeepsTheRest() throws Exception {
    needsItsShape();
    group("a");
    write("a/schemata", "L3:0=f\n");
    assertThat(read("a/schemata")).contains("L3:0=0000f;1=fffff\n");
    write("a/schemata", "L3:0=ff0;1=0x3\n MB :1= 50 \n");
    assertThat(read("a/schemata")).isEqualTo("    MB:0=  100;1=   50\n    L3:0=00ff0;1=00003\n");
    assertThat(read("a/size")).isEqualTo("    MB:0=100;1=50\n    L3:0=12582912;1=3145728\n");
    assertThat(read("info/last_cmd_status")).isEqualTo("ok\n");
  }

  @ParameterizedTest
  @CsvSource({"1, 10, false", "10, 10, true", "11, 20, true", "91, 100, true", "101, 100, false"})
  void bandwidthIsRoundedUpAndBounded(int asked, int given, boolean accepted) throws Exception {
    needsItsShape();
    group("a");
    if (accepted) {
      write("a/schemata", "MB:0=" + asked + "\n");
      assertThat(read("a/schemata")).contains("MB:0=%5d;1=".formatted(given));
    } else {
      refused("MB:0=" + asked + "\n", "MB value " + asked + " out of range [10,100]\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "L3:0=100000  | Mask out of range",
        "L3:0=0       | Mask out of range",
        "L3:0=5       | The mask 5 has non-consecutive 1-bits",
        "L3:0=xyz     | Non-hex character in the mask xyz",
        "L3:0=        | Non-hex character in the mask ",
        "L3:0         | Missing '=' or non-numeric domain",
        "L3:x=f       | Missing '=' or non-numeric domain",
        "L3: 0=f      | Missing '=' or non-numeric domain",
        "L3:0=f;0=f   | Duplicate domain 0",
        "L3:          | Missing 'L3' value",
        "L3           | Missing ':'",
        "L2:0=f       | Unknown or unsupported resource name 'L2'",
        "MB:0=ten     | Invalid MB value ten",
        "MB:0=-10     | Invalid MB value -10"
      })
  void schemataRefusals(String line, String reason) throws Exception {
    needsItsShape();
    group("a");
    // JUnit trims the cells; the one with an empty mask ends in a blank.
    refused(line + "\n", reason.endsWith("mask") ? reason + " \n" : reason + "\n");
  }

  @Test
  void anUnknownDomainIsRefusedWithoutAWord() throws Exception {
    needsItsShape();
    group("a");
    refused("L3:2=f\n", "ok\n");
  }

  @Test
  void aMissingNewlineIsRefusedAndLeavesTheStatus() throws Exception {
    group("a");
    refused("L3:0=5\n", "The mask 5 has non-consecutive 1-bits\n");
    refused("L3:0=f", "The mask 5 has non-consecutive 1-bits\n");
  }

  @Test
  void oneBadLineRefusesAllOfAWrite() throws Exception {
    needsItsShape();
    group("a");
    refused("L3:0=f\nMB:0=50\nMB:1=5\n", "MB value 5 out of range [10,100]\n");
  }

  @Test
  void fewerBitsThanTheHardwareWantsAreRefused() throws Exception {
    remount("--profile", "haswell");
    group("a");
    refused("L3:0=1\n", "Need at least 2 bits in the mask\n");
    write("a/schemata", "L3:0=3\n");
    assertThat(read("a/schemata")).isEqualTo("L3:0=00003\n");
  }

  @Test
  void theStatusIsClearedByTheNextWrite() throws Exception {
    group("a");
    refused("L3:0=5\n", "The mask 5 has non-consecutive 1-bits\n");
    write("a/schemata", "L3:0=7\n");
    assertThat(read("info/last_cmd_status")).isEqualTo("ok\n");
  }

  @Test
  void anExclusiveGroupSharesWithNobody() throws Exception {
    needsItsShape();
    group("a");
    assertThatThrownBy(() -> write("a/mode", "exclusive\n"))
        .hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status")).isEqualTo("Schemata overlaps\n");
    write("schemata", "L3:0=ff;1=ff\n");
    write("a/schemata", "L3:0=f00;1=f00\n");
    write("a/mode", "exclusive\n");
    assertThat(read("a/mode")).isEqualTo("exclusive\n");
    assertThat(read("info/L3/bit_usage")).startsWith("0=00000000EEEESSSSSSSS;");
    assertThatThrownBy(() -> write("schemata", "L3:0=1ff\n"))
        .hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status")).isEqualTo("Overlaps with exclusive group\n");
    group("b");
    assertThat(read("b/schemata")).contains("L3:0=000ff;1=000ff");
  }

  @Test
  void codeOfOneAndDataOfAnotherCollideWhenExclusive() throws Exception {
    remount("--profile", "cdp");
    group("a");
    write("schemata", "L3CODE:0=ff;1=ff\nL3DATA:0=ff;1=ff\n");
    write("a/schemata", "L3CODE:0=f00;1=f00\nL3DATA:0=f000;1=f000\n");
    write("a/mode", "exclusive\n");
    assertThatThrownBy(() -> write("schemata", "L3CODE:0=f000\n"))
        .hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status")).isEqualTo("Overlaps with exclusive group\n");
  }

  @Test
  void l2WithCodeAndDataHasItsLines() throws Exception {
    remount("--profile", "l2cdp");
    group("a");
    write("a/schemata", "L2CODE:0=f;3=ff\nL2DATA:0=f0\nL3:0=fff\n");
    assertThat(read("a/schemata"))
        .contains(
            "L2CODE:0=0000f;1=fffff;2=fffff;3=000ff\n", "L2DATA:0=000f0;1=fffff", "L3:0=00fff");
    assertThat(names(root.resolve("info")))
        .containsExactly("L2CODE", "L2DATA", "L3", "last_cmd_status");
  }

  @Test
  void amdTakesMasksWithGapsAndBandwidthInUnits() throws Exception {
    remount("--profile", "amd");
    group("a");
    write("a/schemata", "L3:0=80000005;1=0\nMB:0=2048;1=7\nSMBA:0=0\n");
    assertThat(read("a/schemata"))
        .contains("MB:0=    2048;1=       7\n", "SMBA:0=       0;1=    2048\n")
        .contains("L3:0=80000005;1=00000000\n");
    refused("MB:0=2049\n", "MB value 2049 out of range [0,2048]\n");
    refused("L3:0=100000000\n", "Mask out of range\n");
    assertThat(read("info/MB/delay_linear")).isEqualTo("0\n");
    assertThat(names(root.resolve("info/SMBA"))).doesNotContain("thread_throttle_mode");
  }

  @Test
  void withoutRdtNothingIsMounted() throws Exception {
    needsItsShape();
    Command result = Command.run(PROGRAM.toString(), "--profile", "none", temp.toString());
    assertThat(result.exit()).isOne();
    assertThat(result.stderr()).contains("SIMULATED", "no such device");
  }

  // --- tasks
  // ---------------------------------------------------------------------------------------------------------

  @Test
  void aTaskIsInOneGroupOnly() throws Exception {
    group("a");
    group("b");
    String tid = anyThreadOfThisProcess();
    assertThat(lines("tasks")).contains(tid);
    write("a/tasks", tid);
    assertThat(lines("a/tasks")).containsExactly(tid);
    assertThat(lines("tasks")).doesNotContain(tid);
    write("b/tasks", tid + "\n");
    assertThat(lines("a/tasks")).isEmpty();
    assertThat(lines("b/tasks")).containsExactly(tid);
    Files.delete(root.resolve("b"));
    assertThat(lines("tasks")).contains(tid);
  }

  @Test
  void zeroIsTheWriterAndItsChildrenInheritFromTheFirstInstruction() throws Exception {
    group("a");
    // Each child looks itself up at once: a scan that comes later than the fork would miss some.
    String script =
        "echo 0 > $0/a/tasks; grep -qx $$ $0/a/tasks || echo writer; i=0; while [ $i -lt 100 ]; do"
            + " sh -c 'grep -qx $$ $0/a/tasks || echo child $$' $0; i=$((i+1)); done";
    assertThat(Command.run("sh", "-c", script, root.toString())).isEqualTo(new Command(0, "", ""));
    assertThat(lines("a/tasks")).isEmpty();
  }

  @Test
  void whatWasForkedBeforeTheMoveStays() throws Exception {
    group("a");
    String script =
        "sleep 60 & echo 0 > $0/a/tasks; grep -x $! $0/a/tasks; grep -qx $! $0/tasks && echo"
            + " stayed; kill $!";
    assertThat(Command.run("sh", "-c", script, root.toString()).stdout()).isEqualTo("stayed\n");
  }

  @Test
  void aNumberCountsInTheWritersPidNamespace() throws Exception {
    needsItsShape();
    group("a");
    String script = "echo $$; echo $$ > $0/a/tasks; cat $0/a/tasks";
    Command result =
        Command.run(
            "unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, root.toString());
    List<String> ids = result.stdout().lines().toList();
    assertThat(ids).hasSize(3).startsWith("1");
    assertThat(ids.subList(1, 3)).doesNotContain("1");
    assertThat(lines("tasks")).contains("1");
  }

  @Test
  void aDeadTaskIsESRCHAndTheOnesBeforeItHaveMoved() throws Exception {
    group("a");
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    String tid = anyThreadOfThisProcess();
    assertThatThrownBy(() -> write("a/tasks", tid + "," + dead.pid() + "\n"))
        .hasMessageContaining("No such process");
    assertThat(read("info/last_cmd_status"))
        .isEqualTo("No task %1$d\nError while processing task %1$d\n".formatted(dead.pid()));
    assertThat(lines("a/tasks")).containsExactly(tid);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"x | Task list parsing error pid x", "-5 | Invalid pid -5"})
  void whatIsNoPidIsRefused(String text, String reason) {
    assertThatThrownBy(() -> write("tasks", text + "\n")).hasMessageContaining("Invalid argument");
    assertThat(root.resolve("info/last_cmd_status")).content().isEqualTo(reason + "\n");
  }

  @Test
  void aMonitoringGroupTakesTasksOfItsControlGroupOnly() throws Exception {
    group("a");
    group("a/mon_groups/m");
    String tid = anyThreadOfThisProcess();
    assertThatThrownBy(() -> write("a/mon_groups/m/tasks", tid))
        .hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status"))
        .isEqualTo(
            "Can't move task to different control group\nError while processing task "
                + tid
                + "\n");
    write("a/tasks", tid);
    write("a/mon_groups/m/tasks", tid);
    assertThat(lines("a/mon_groups/m/tasks")).containsExactly(tid);
    assertThat(lines("a/tasks")).containsExactly(tid);
    Files.delete(root.resolve("a/mon_groups/m"));
    assertThat(lines("a/tasks")).containsExactly(tid);
  }

  @Test
  void anOpenFileOfARemovedGroupIsENODEV() throws Exception {
    try (FileChannel tasks =
        FileChannel.open(group("a").resolve("tasks"), StandardOpenOption.WRITE)) {
      Files.delete(root.resolve("a"));
      group("a");
      assertThatThrownBy(() -> tasks.write(ByteBuffer.wrap("0".getBytes(UTF_8))))
          .hasMessageContaining("No such device");
    }
  }

  // --- cpus and counters
  // ---------------------------------------------------------------------------------------------

  @Test
  void cpusMoveBetweenGroups() throws Exception {
    needsItsShape();
    group("a");
    write("a/cpus_list", "0-3,8\n");
    assertThat(read("a/cpus")).isEqualTo("010f\n");
    assertThat(read("cpus_list")).isEqualTo("4-7,9-15\n");
    write("a/cpus", "3\n");
    assertThat(read("a/cpus_list")).isEqualTo("0-1\n");
    assertThat(read("cpus_list")).isEqualTo("2-15\n");
    assertThatThrownBy(() -> write("a/cpus_list", "16\n")).hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status")).isEqualTo("Can only assign online CPUs\n");
    Files.delete(root.resolve("a"));
    assertThat(read("cpus_list")).isEqualTo("0-15\n");
  }

  @Test
  void countersSayWhatTheyAreTold() throws Exception {
    Path counters = temp.resolve("counters");
    remount("--counters", counters.toString());
    group("a");
    group("a/mon_groups/m");
    Path domain = Files.createDirectories(counters.resolve("a/mon_groups/m/mon_data/mon_L3_01"));
    Files.writeString(domain.resolve("llc_occupancy"), "4096\n");
    Files.writeString(domain.resolve("mbm_total_bytes"), "Unavailable\n");
    assertThat(read("a/mon_groups/m/mon_data/mon_L3_01/llc_occupancy")).isEqualTo("4096\n");
    assertThat(read("a/mon_groups/m/mon_data/mon_L3_01/mbm_total_bytes"))
        .isEqualTo("Unavailable\n");
    assertThat(read("a/mon_data/mon_L3_01/llc_occupancy")).isEqualTo("0\n");
  }

  // -------------------------------------------------------------------------------------------------------------------

  private Path group(String path) throws IOException {
    Path group = Files.createDirectory(root.resolve(path));
    made.push(group);
    return group;
  }

  private String read(String path) throws IOException {
    return Files.readString(root.resolve(path));
  }

  private List<String> lines(String path) throws IOException {
    return read(path).lines().toList();
  }

  /** One write(2), as the rules are about writes. */
  private void write(String path, String text) throws IOException {
    try (FileChannel file = FileChannel.open(root.resolve(path), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }
  }

  private void refused(String schemata, String status) throws IOException {
    String before = read("a/schemata");
    assertThatThrownBy(() -> write("a/schemata", schemata))
        .hasMessageContaining("Invalid argument");
    assertThat(read("info/last_cmd_status")).isEqualTo(status);
    assertThat(read("a/schemata")).isEqualTo(before);
  }

  /** A thread of the JVM that forks nothing. */
  private static String anyThreadOfThisProcess() throws IOException {
    List<String> threads = new ArrayList<>(names(Path.of("/proc/self/task")));
    threads.remove(Long.toString(ProcessHandle.current().pid()));
    return threads.getFirst();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }
}
