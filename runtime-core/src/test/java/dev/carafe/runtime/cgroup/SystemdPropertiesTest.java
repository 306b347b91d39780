package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.dbus.Variant;
import dev.carafe.runtime.spec.LinuxResources;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SystemdPropertiesTest {
  private static LinuxResources resources(String json) throws Exception {
    return new ObjectMapper().readValue(json.replace('\'', '"'), LinuxResources.class);
  }

  private static Map<String, Variant> of(String json, int version) throws Exception {
    return SystemdProperties.of(resources(json), version);
  }

  private static Variant number(long value) {
    return new Variant("t", value);
  }

  @Test
  void limitsHaveTheUnitsOfSystemd() throws Exception {
    String json =
        "{'memory':{'limit':1048576,'swap':2097152,'reservation':4096},'pids':{'limit':0},"
            + "'cpu':{'shares':1024,'quota':33333,'period':100000}}";
    assertThat(of(json, 252))
        .containsOnly(
            Map.entry("MemoryMax", number(1_048_576)),
            Map.entry("MemorySwapMax", number(1_048_576)),
            Map.entry("MemoryLow", number(4_096)),
            Map.entry("TasksMax", number(1)),
            Map.entry("CPUWeight", number(100)),
            Map.entry("CPUQuotaPeriodUSec", number(100_000)),
            Map.entry("CPUQuotaPerSecUSec", number(340_000)));
  }

  @Test
  void noLimitIsInfinity() throws Exception {
    String json =
        "{'memory':{'limit':-1,'swap':-1},'pids':{'limit':-1},'cpu':{'quota':-1,'period':50000}}";
    assertThat(of(json, 252))
        .containsEntry("MemoryMax", number(-1))
        .containsEntry("MemorySwapMax", number(-1))
        .containsEntry("TasksMax", number(-1))
        .containsEntry("CPUQuotaPerSecUSec", number(-1));
  }

  @Test
  void olderVersionsGetOnlyWhatTheyKnow() throws Exception {
    String json = "{'cpu':{'cpus':'0-1','idle':1,'quota':10000,'period':100000}}";
    assertThat(of(json, 252))
        .containsKeys("AllowedCPUs", "CPUQuotaPeriodUSec")
        .containsEntry("CPUWeight", number(0));
    assertThat(of(json, 241)).containsOnlyKeys("CPUQuotaPerSecUSec");
  }

  @Test
  void listsOfProcessorsAreMasks() {
    assertThat(SystemdProperties.mask("0-2,9")).containsExactly(7, 2);
    assertThatThrownBy(() -> SystemdProperties.mask("2-1")).hasMessageContaining("'2-1'");
    assertThatThrownBy(() -> SystemdProperties.mask("x")).hasMessageContaining("'x'");
  }

  @Test
  void filesOfCgroupV2AreProperties() throws Exception {
    String json =
        "{'unified':{'memory.high':'4096','pids.max':'max','cpu.max':'20000 100000',"
            + "'memory.oom.group':'1','io.weight':'default 10'}}";
    assertThat(of(json, 252))
        .containsOnly(
            Map.entry("MemoryHigh", number(4_096)),
            Map.entry("TasksMax", number(-1)),
            Map.entry("CPUQuotaPeriodUSec", number(100_000)),
            Map.entry("CPUQuotaPerSecUSec", number(200_000)));
  }

  @Test
  void theOomPolicyIsThatOfTheGroup() throws Exception {
    LinuxResources kill = resources("{'unified':{'memory.oom.group':'1'}}");
    LinuxResources keep = resources("{'unified':{'memory.oom.group':'0'}}");
    assertThat(SystemdProperties.oomPolicy(kill, 253)).contains(new Variant("s", "kill"));
    assertThat(SystemdProperties.oomPolicy(keep, 253)).contains(new Variant("s", "continue"));
    assertThat(SystemdProperties.oomPolicy(kill, 252)).isEmpty();
    assertThat(SystemdProperties.oomPolicy(resources("{}"), 253)).isEmpty();
  }

  @Test
  void annotationsAreProperties() {
    String prefix = "org.systemd.property.";
    assertThat(
            SystemdProperties.annotated(
                Map.of(
                    prefix + "CollectMode",
                    "'inactive-or-failed'",
                    prefix + "TimeoutStopSec",
                    "1.5",
                    prefix + "TimeoutStartUSec",
                    "uint64 7",
                    "other",
                    "'x'")))
        .containsOnly(
            Map.entry("CollectMode", new Variant("s", "inactive-or-failed")),
            Map.entry("TimeoutStopUSec", number(1_500_000)),
            Map.entry("TimeoutStartUSec", number(7)));
    assertThatThrownBy(() -> SystemdProperties.annotated(Map.of(prefix + "A.b", "1")))
        .hasMessageContaining("'A.b'");
    assertThatThrownBy(() -> SystemdProperties.annotated(Map.of(prefix + "Kill", "kill")))
        .hasMessageContaining(prefix + "Kill");
    assertThatThrownBy(() -> SystemdProperties.annotated(Map.of(prefix + "StopSec", "'x'")))
        .hasMessageContaining("number of seconds");
  }
}
