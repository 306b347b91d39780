package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.linux.BpfCalls;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cgroups of the running kernel, whichever layout it has, below a parent of this test's own. */
final class CgroupIT {
  private static final String PARENT = "/carafe-test-kernel";
  private static final String MIB64 = "67108864";

  private final CgroupLayout layout = CgroupLayout.detect(CgroupLayout.DEFAULT_ROOT);
  private final FsCgroupDriver driver = new FsCgroupDriver(layout);
  private final List<Process> children = new ArrayList<>();

  @AfterEach
  void clean() throws Exception {
    Cgroup parent = driver.open(PARENT, true);
    if (parent.exists()) {
      parent.thaw();
    }
    for (Process child : children) {
      child.destroyForcibly().waitFor();
    }
    parent.remove();
  }

  private static LinuxResources resources(String json) throws Exception {
    return new ObjectMapper().readValue(json.replace('\'', '"'), LinuxResources.class);
  }

  private Cgroup create(String name, String json) throws Exception {
    return driver.create(PARENT + "/" + name, resources(json));
  }

  /**
   * Starts a shell that joins the cgroup by itself, as a launcher does, and then runs the script.
   */
  private Process start(Cgroup cgroup, String script) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", "-c"));
    command.add("for f; do echo 0 > \"$f\" || exit 99; done; echo joined; " + script);
    command.add("sh");
    cgroup.joinFiles().forEach(file -> command.add(file.toString()));
    Path unified = cgroup.cloneInto();
    if (unified != null) {
      command.add(unified.resolve("cgroup.procs").toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    children.add(process);
    assertThat(process.inputReader().readLine()).isEqualTo("joined");
    return process;
  }

  private static String file(Cgroup cgroup, String... names) throws Exception {
    for (Path dir : cgroup.directories()) {
      for (String name : names) {
        if (Files.exists(dir.resolve(name))) {
          return Files.readString(dir.resolve(name)).strip();
        }
      }
    }
    throw new AssertionError("none of " + List.of(names) + " in " + cgroup.directories());
  }

  @Test
  void limitsAreInForceBeforeAProcessJoins() throws Exception {
    Cgroup cgroup =
        create(
            "limits",
            "{'memory':{'limit':%s,'swap':%s},'pids':{'limit':32},".formatted(MIB64, MIB64)
                + "'cpu':{'shares':512,'quota':50000,'period':100000,'cpus':'0'}}");
    CgroupStats before = cgroup.stats();
    assertThat(before.memory().limit()).isEqualTo(64L << 20);
    assertThat(before.pids().limit()).isEqualTo(32);
    assertThat(file(cgroup, "cpuset.cpus")).isEqualTo("0");
    assertThat(file(cgroup, "cpu.cfs_quota_us", "cpu.max")).isIn("50000", "50000 100000");
    Process process = start(cgroup, "exec sleep 300");
    assertThat(cgroup.procs()).containsExactly((int) process.pid());
    assertThat(cgroup.stats().pids().current()).isEqualTo(1);
    assertThat(Files.readString(Path.of("/proc/" + process.pid() + "/status")))
        .contains("Cpus_allowed_list:\t0\n");
  }

  @Test
  void killEndsEveryProcessAndRemoveLeavesNothing() throws Exception {
    Cgroup cgroup = create("kill", "{}");
    Process process = start(cgroup, "sleep 300 & sleep 300 & wait");
    await().atMost(Duration.ofSeconds(5)).until(() -> cgroup.procs().size() == 3);
    cgroup.kill();
    assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(137);
    cgroup.remove();
    cgroup.remove();
    assertThat(cgroup.directories()).noneMatch(Files::exists);
    assertThat(cgroup.procs()).isEmpty();
  }

  @Test
  void removeTakesWhatTheContainerMadeInside() throws Exception {
    Cgroup cgroup = create("nested", "{}");
    for (Path dir : cgroup.directories()) {
      Files.createDirectories(dir.resolve("inner/most"));
    }
    cgroup.remove();
    assertThat(cgroup.directories()).noneMatch(Files::exists);
  }

  @Test
  void aBusyCgroupIsNotRemovedAndItsProcessesAreNamed() throws Exception {
    Cgroup cgroup = create("busy", "{}");
    Process process = start(cgroup, "exec sleep 300");
    assertThatThrownBy(cgroup::remove)
        .isInstanceOfSatisfying(
            CgroupException.class, e -> assertThat(e.kind()).isEqualTo(CgroupException.Kind.BUSY))
        .hasMessageContaining("[" + process.pid() + "]");
    assertThatThrownBy(() -> create("busy", "{}"))
        .hasMessageContaining("container's cgroup is not empty");
  }

  @Test
  void aFrozenCgroupIsRefusedForWhoJoinsItStandsStill() throws Exception {
    Cgroup theirs = create("frozen", "{}");
    theirs.freeze();
    assertThatThrownBy(() -> create("frozen", "{}"))
        .hasMessageContaining("container's cgroup unexpectedly frozen");
    assertThatThrownBy(() -> create("frozen/below", "{}"))
        .hasMessageContaining("container's cgroup unexpectedly frozen");
    theirs.thaw();
    assertThat(theirs.frozen()).isFalse();
  }

  @Test
  void whatWasThereBeforeIsNeverRemoved() throws Exception {
    Cgroup first = create("theirs", "{}");
    Cgroup second = create("theirs", "{}");
    assertThat(second.owned()).isFalse();
    second.remove();
    assertThat(first.exists()).isTrue();
  }

  @Test
  void freezeStopsAndThawContinues() throws Exception {
    Cgroup cgroup = create("freeze", "{}");
    Process process = start(cgroup, "while :; do :; done");
    cgroup.freeze();
    assertThat(cgroup.frozen()).isTrue();
    long frozenAt = cgroup.stats().cpu().usage();
    assertThat(cgroup.stats().cpu().usage()).isEqualTo(frozenAt);
    cgroup.thaw();
    assertThat(cgroup.frozen()).isFalse();
    await().atMost(Duration.ofSeconds(5)).until(() -> cgroup.stats().cpu().usage() > frozenAt);
    assertThat(process.isAlive()).isTrue();
  }

  @Test
  void aRefusedUpdateLeavesEverythingAsItWas() throws Exception {
    Cgroup cgroup =
        create("rollback", "{'memory':{'limit':%s},'pids':{'limit':7}}".formatted(MIB64));
    assertThatThrownBy(() ->
            cgroup.update(
                resources(
                    "{'memory':{'limit':33554432},'pids':{'limit':9},'cpu':{'cpus':'4095'}}")))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("'4095' to ")
        .hasMessageContaining("cpuset.cpus");
    assertThat(cgroup.stats().memory().limit()).isEqualTo(64L << 20);
    assertThat(cgroup.stats().pids().limit()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"134217728", "16777216", "-1"})
  void memoryAndSwapGoUpAndDownTogether(String limit) throws Exception {
    Cgroup cgroup = create("updown", "{'memory':{'limit':%s,'swap':%s}}".formatted(MIB64, MIB64));
    cgroup.update(resources("{'memory':{'limit':%s,'swap':%s}}".formatted(limit, limit)));
    CgroupStats.Memory memory = cgroup.stats().memory();
    boolean none = limit.equals("-1");
    assertThat(memory.limit()).isEqualTo(none ? CgroupStats.UNLIMITED : Long.parseLong(limit));
    assertThat(memory.swapLimit()).isEqualTo(none ? CgroupStats.UNLIMITED : 0);
    CgroupUsage.Memory often = new CgroupUsageReader(driver.layout()).read(cgroup.path()).memory();
    assertThat(often.limit()).isEqualTo(memory.limit());
    assertThat(often.swapLimit()).isEqualTo(memory.swapLimit());
  }

  @ParameterizedTest
  @ValueSource(strings = {"5000/10000", "400000/800000", "1000/100000", "50000/100000"})
  void everyRatioWithinTheParentsIsAccepted(String ratio) throws Exception {
    Cgroup parent = create("ratio", "{'cpu':{'quota':50000,'period':100000}}");
    Cgroup child =
        driver.create(parent.path() + "/c", resources("{'cpu':{'quota':40000,'period':100000}}"));
    List<String> parts = List.of(ratio.split("/"));
    child.update(
        resources("{'cpu':{'quota':%s,'period':%s}}".formatted(parts.get(0), parts.get(1))));
    assertThat(file(child, "cpu.cfs_quota_us", "cpu.max")).startsWith(parts.get(0));
  }

  @Test
  void hugePagesAreLimitedWhereTheirControllerIs() throws Exception {
    boolean has = Files.exists(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB"));
    Assumptions.assumeTrue(has, "SKIP hugepages: this kernel has none of 2 MB");
    Cgroup cgroup = create("huge", "{'hugepageLimits':[{'pageSize':'2MB','limit':4194304}]}");
    assertThat(file(cgroup, "hugetlb.2MB.max", "hugetlb.2MB.limit_in_bytes")).isEqualTo("4194304");
  }

  @Test
  void deniedDevicesDoNotOpenAndTheHarmlessOnesDo() throws Exception {
    Cgroup cgroup = create("devices", "{'devices':[{'allow':false,'access':'rwm'}]}");
    assertThat(cgroup.notEnforced()).isEmpty();
    assertThat(opened(cgroup)).isEqualTo("opened zero\n");
  }

  @Test
  void deviceRulesOfTheSecondMakingReplaceThoseOfTheFirst() throws Exception {
    assertThat(opened(create("again", "{}"))).isEqualTo("opened zero\n");
    assertThat(
            opened(create("again", "{'devices':[{'allow':true,'type':'c','major':1,'minor':11}]}")))
        .isEqualTo("opened kmsg\nopened zero\n");
    assertThat(opened(create("again", "{'devices':[{'allow':true}]}")))
        .isEqualTo("opened kmsg\nopened zero\n");
    assertThat(opened(create("again", "{}"))).isEqualTo("opened zero\n");
  }

  /** Also where v1 decides in addition, whose rules allow everything here. */
  @Test
  void aProgramDecidesInCgroup2AndIsReplacedNotDoubled() throws Exception {
    Cgroup cgroup = create("program", "{'devices':[{'allow':true}]}");
    Path unified = cgroup.cloneInto();
    Assumptions.assumeTrue(unified != null, "SKIP cgroup2: not mounted");
    List<String> missing = new ArrayList<>();
    DeviceRules.attach(unified, resources("{}").devices(), missing);
    assertThat(opened(cgroup)).isEqualTo("opened zero\n");
    String kmsg = "{'devices':[{'allow':true,'type':'c','major':1,'minor':11,'access':'r'}]}";
    DeviceRules.attach(unified, resources(kmsg).devices(), missing);
    assertThat(opened(cgroup)).isEqualTo("opened kmsg\nopened zero\n");
    assertThat(BpfCalls.get().devicePrograms(unified)).isEqualTo(1);
    assertThat(missing).isEmpty();
  }

  private String opened(Cgroup cgroup) throws Exception {
    Process process =
        start(
            cgroup,
            "(: < /dev/kmsg) 2>/dev/null && echo opened kmsg; : < /dev/zero && echo opened zero");
    String text = process.inputReader().readAllAsString();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return text;
  }

  @Test
  void countsWhatItsProcessesUse() throws Exception {
    Cgroup cgroup = create("stats", "{}");
    Process process = start(cgroup, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    CgroupStats stats = cgroup.stats();
    assertThat(stats.cpu().usage()).isGreaterThan(10_000_000);
    assertThat(stats.cpu().user() + stats.cpu().system())
        .isBetween(stats.cpu().usage() / 2, stats.cpu().usage() * 2);
    // The kernel folds the fault counters of its CPUs together every two seconds.
    await().atMost(Duration.ofSeconds(10)).until(() -> cgroup.stats().memory().pageFaults() > 0);
    assertThat(stats.memory().maxUsage()).isPositive();
    assertThat(stats.timestamp()).isGreaterThan(1_700_000_000_000_000_000L);
  }

  @Test
  void anOomKillIsCounted() throws Exception {
    Cgroup cgroup = create("oom", "{'memory':{'limit':4194304,'swap':4194304}}");
    Process process = start(cgroup, "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(137);
    assertThat(cgroup.stats().memory().oomKills()).isEqualTo(1);
    assertThat(Files.readString(Objects.requireNonNull(cgroup.oomFile()))).contains("oom_kill 1");
  }

  @Test
  void failingCreateLeavesNoDirectory() {
    assertThatThrownBy(() -> create("bad", "{'cpu':{'cpus':'4095'}}"))
        .isInstanceOf(CgroupException.class);
    assertThat(driver.open(PARENT + "/bad", true).directories()).noneMatch(Files::exists);
  }

  @Test
  void theUnifiedMapIsRefusedWhereItsControllerIsNotInV2() throws Exception {
    String json = "{'unified':{'pids.max':'11'}}";
    if (layout instanceof CgroupLayout.Unified) {
      assertThat(create("map", json).stats().pids().limit()).isEqualTo(11);
    } else {
      assertThatThrownBy(() -> create("map", json)).hasMessageContaining("pids.max");
    }
  }
}
