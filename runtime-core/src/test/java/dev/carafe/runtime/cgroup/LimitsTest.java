package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compiled limits: which files, which values, in which order. */
final class LimitsTest {
  private static final Path DIR = Path.of("/cg");

  private final Map<String, String> files = new HashMap<>();

  private static LinuxResources resources(String json) throws Exception {
    return new ObjectMapper().readValue(json.replace('\'', '"'), LinuxResources.class);
  }

  private Limits legacy(String json) throws Exception {
    Map<String, Path> dirs = new HashMap<>();
    for (String name : List.of("memory", "cpu", "cpuset", "pids", "blkio", "net_cls")) {
      dirs.put(name, DIR);
    }
    return LegacyLimits.compile(resources(json), new CgroupDirs(dirs, null), this::read);
  }

  private Limits unified(String json) throws Exception {
    return UnifiedLimits.compile(resources(json), DIR, this::read);
  }

  private @Nullable String read(Path file) {
    return files.get(String.valueOf(file.getFileName()));
  }

  private static List<String> writes(Limits limits) {
    return limits.settings().stream().map(s -> s.file().getFileName() + "=" + s.value()).toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          200 | 100 | 150 | memory.memsw.limit_in_bytes=200 memory.limit_in_bytes=100
          200 | 100 | 300 | memory.limit_in_bytes=100 memory.memsw.limit_in_bytes=200
          -1  | -1  | 300 | memory.memsw.limit_in_bytes=-1 memory.limit_in_bytes=-1
          """)
  void legacyKeepsSwapAboveMemoryAtEveryMoment(long swap, long limit, String now, String expected)
      throws Exception {
    files.put("memory.memsw.limit_in_bytes", now);
    Limits limits = legacy("{'memory':{'limit':%d,'swap':%d}}".formatted(limit, swap));
    assertThat(writes(limits)).containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          10000   | 3000   | 1000000 | cpu.rt_runtime_us=3000 cpu.rt_period_us=10000
          1000000 | 950000 | 10000   | cpu.rt_period_us=1000000 cpu.rt_runtime_us=950000
          """)
  void realtimeRuntimeIsNeverAboveItsPeriod(long period, long runtime, String now, String expected)
      throws Exception {
    files.put("cpu.rt_period_us", now);
    Limits limits =
        legacy("{'cpu':{'realtimePeriod':%d,'realtimeRuntime':%d}}".formatted(period, runtime));
    assertThat(writes(limits)).containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @CsvSource({"0,1", "1,1", "77,77", "-1,max"})
  void tasksAreAtLeastOne(long limit, String expected) throws Exception {
    String json = "{'pids':{'limit':%d}}".formatted(limit);
    assertThat(writes(legacy(json))).containsExactly("pids.max=" + expected);
    assertThat(writes(unified(json))).containsExactly("pids.max=" + expected);
  }

  @Test
  void legacyLiftsSwapWithAnUnlimitedMemory() throws Exception {
    files.put("memory.memsw.limit_in_bytes", "300");
    assertThat(writes(legacy("{'memory':{'limit':-1}}")))
        .containsExactly("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1");
  }

  @Test
  void saysThatSwapIsNotEnforcedWithoutAccounting() throws Exception {
    assertThat(legacy("{'memory':{'limit':100,'swap':100}}").notEnforced())
        .singleElement()
        .asString()
        .contains("does not account swap");
    assertThat(unified("{'memory':{'limit':100,'swap':100}}").notEnforced()).hasSize(1);
    assertThat(unified("{'memory':{'limit':100,'swap':-1}}").notEnforced()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          100000 | cpu.cfs_quota_us=5000 cpu.cfs_period_us=10000
          5000   | cpu.cfs_period_us=10000 cpu.cfs_quota_us=5000
          """)
  void legacyNeverExceedsTheParentsRatioOnTheWay(String now, String expected) throws Exception {
    files.put("cpu.cfs_period_us", now);
    assertThat(writes(legacy("{'cpu':{'quota':5000,'period':10000}}")))
        .containsExactly(expected.split(" "));
  }

  @Test
  void aBurstFollowsTheQuotaUpAndPrecedesItDown() throws Exception {
    files.put("cpu.cfs_burst_us", "500");
    files.put("cpu.cfs_period_us", "100000");
    assertThat(writes(legacy("{'cpu':{'quota':5000,'burst':900}}")))
        .containsExactly("cpu.cfs_quota_us=5000", "cpu.cfs_burst_us=900");
    assertThat(writes(legacy("{'cpu':{'quota':5000,'burst':100}}")))
        .containsExactly("cpu.cfs_burst_us=100", "cpu.cfs_quota_us=5000");
  }

  @Test
  void unifiedWritesQuotaAndPeriodTogetherAndKeepsWhatIsNotGiven() throws Exception {
    files.put("cpu.max", "7000 100000");
    assertThat(writes(unified("{'cpu':{'quota':5000,'period':10000}}")))
        .containsExactly("cpu.max=5000 10000");
    assertThat(writes(unified("{'cpu':{'period':10000}}"))).containsExactly("cpu.max=7000 10000");
    assertThat(writes(unified("{'cpu':{'quota':-1}}"))).containsExactly("cpu.max=max");
  }

  @Test
  void anIdleGroupGetsNoWeight() throws Exception {
    assertThat(writes(unified("{'cpu':{'idle':1,'shares':1024}}"))).containsExactly("cpu.idle=1");
    assertThat(writes(unified("{'cpu':{'idle':0,'shares':1024}}")))
        .containsExactly("cpu.idle=0", "cpu.weight=100");
  }

  @Test
  void unifiedConvertsEveryKind() throws Exception {
    files.putAll(Map.of("memory.swap.max", "max", "io.weight", "default 100"));
    files.put("hugetlb.2MB.rsvd.max", "max");
    Limits limits =
        unified(
            """
            {'memory':{'limit':100,'swap':300,'reservation':50},'pids':{'limit':-1},
             'cpu':{'cpus':'0-1','mems':'0'},
             'hugepageLimits':[{'pageSize':'2MB','limit':4096}],
             'blockIO':{'weight':500,'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':9}]}}
            """);
    assertThat(writes(limits))
        .containsExactlyInAnyOrder(
            "memory.swap.max=200",
            "memory.max=100",
            "memory.low=50",
            "pids.max=max",
            "cpuset.cpus=0-1",
            "cpuset.mems=0",
            "io.weight=default 4950",
            "io.max=8:0 rbps=9",
            "hugetlb.2MB.max=4096",
            "hugetlb.2MB.rsvd.max=4096");
  }

  @Test
  void theUnifiedMapIsTheLastWord() throws Exception {
    files.put("memory.max", "max");
    assertThat(writes(unified("{'memory':{'limit':100},'unified':{'memory.max':'200'}}")))
        .containsExactly("memory.max=100", "memory.max=200");
  }

  @ParameterizedTest
  @CsvSource({"../x", "cgroup.procs", "memory", "memory.nothing"})
  void theUnifiedMapNamesOnlyLimits(String name) {
    files.put("cgroup.procs", "");
    assertThatThrownBy(() -> unified("{'unified':{'%s':'1'}}".formatted(name)))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining(name);
  }

  @Test
  void aLimitBelowTheUsageIsRefusedOnDemand() {
    files.put("memory.current", "5000");
    assertThatThrownBy(() -> unified("{'memory':{'limit':100,'checkBeforeUpdate':true}}"))
        .hasMessageContaining("rejecting memory limit 100");
  }

  @Test
  void aMissingControllerIsNamed() {
    assertThatThrownBy(() -> legacy("{'hugepageLimits':[{'pageSize':'2MB','limit':1}]}"))
        .hasMessageContaining("hugetlb is not mounted");
  }

  @Test
  void saysWhatTheOtherVersionCannotDo() throws Exception {
    assertThat(
            unified("{'memory':{'swappiness':1,'kernelTCP':1,'disableOOMKiller':true}}")
                .notEnforced())
        .hasSize(3);
    assertThat(unified("{'network':{'classID':1}}").notEnforced()).hasSize(1);
    assertThatThrownBy(() -> unified("{'cpu':{'realtimeRuntime':1}}"))
        .hasMessageContaining("cgroup v1 only");
  }

  @Test
  void aKeyedFileIsRestoredByItsLine() {
    Setting setting = Setting.keyed(DIR.resolve("io.max"), "8:0", "rbps=9", "rbps=max");
    assertThat(setting.undo().apply("8:16 rbps=1\n8:0 rbps=5")).isEqualTo("8:0 rbps=5");
    assertThat(setting.undo().apply("8:16 rbps=1")).isEqualTo("8:0 rbps=max");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'allow':false}                                            | a
          {'allow':false,'access':'rwm'}                             | a
          {'allow':true,'type':'c','major':1,'minor':3,'access':'r'} | c 1:3 r
          {'allow':true,'type':'b','major':8,'minor':-1}             | b 8:* rwm
          {'allow':true,'type':'u','major':10}                       | c 10:* rwm
          """)
  void deviceRulesAsTheKernelReadsThem(String rule, String line) throws Exception {
    LinuxResources all = resources("{'devices':[" + rule + "]}");
    assertThat(DeviceRules.line(all.devices().getFirst())).isEqualTo(line);
  }
}
