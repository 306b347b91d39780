package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.HugepageLimit;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ResourcesTest {
  private static final long MIB = 1 << 20;
  private static final HostFacts LEGACY =
      new HostFacts(false, false, false, false, false, Fixtures.ALL_CAPABILITIES, "n");

  private static LinuxResources oci(LinuxContainerResources.Builder wanted) {
    return Resources.toOci(wanted.build(), List.of(), Fixtures.host());
  }

  private static LinuxContainerResources.Builder none() {
    return LinuxContainerResources.newBuilder();
  }

  @Test
  void nothingAskedForIsNothingSet() {
    assertThat(oci(none()))
        .isEqualTo(
            new LinuxResources(
                List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of()));
  }

  @Test
  void everyFieldArrives() {
    LinuxResources all =
        oci(
            none()
                .setCpuPeriod(50_000)
                .setCpuQuota(25_000)
                .setCpuShares(512)
                .setCpusetCpus("0-1")
                .setCpusetMems("0")
                .setMemoryLimitInBytes(64 * MIB)
                .setMemorySwapLimitInBytes(96 * MIB)
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 * MIB))
                .putUnified("memory.high", "50M"));
    assertThat(all.cpu())
        .isEqualTo(new Cpu(512L, 25_000L, null, 50_000L, null, null, "0-1", "0", null));
    assertThat(all.memory())
        .isEqualTo(new Memory(64 * MIB, null, 96 * MIB, null, null, null, null, null, null));
    assertThat(all.hugepageLimits())
        .containsExactly(new LinuxResources.HugepageLimit("2MB", 4 * MIB));
    assertThat(all.unified()).containsExactly(Map.entry("memory.high", "50M"));
  }

  @ParameterizedTest(name = "limit {0}, swap {1}")
  @CsvSource({
    "100, 0,   100",
    "100, 100, 100",
    "100, 150, 150",
    "100, -1,  -1",
    "-1,  0,   -1",
    "-1,  -1,  -1",
    "0,   -1,  -1",
  })
  void swapWithoutAWordIsNone(long limit, long swap, long expected) {
    Memory memory =
        oci(none().setMemoryLimitInBytes(limit).setMemorySwapLimitInBytes(swap)).memory();
    assertThat(memory).isNotNull().extracting(Memory::swap).isEqualTo(expected);
  }

  @Test
  void aNodeThatCannotLimitIsToleratedWhereContainerdDoes() {
    LinuxResources resources =
        Resources.toOci(
            none()
                .setMemoryLimitInBytes(100)
                .setMemorySwapLimitInBytes(200)
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB"))
                .build(),
            List.of(),
            LEGACY);
    assertThat(resources.memory())
        .isEqualTo(new Memory(100L, null, null, null, null, null, null, null, null));
    assertThat(resources.hugepageLimits()).isEmpty();
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bad(b -> b.setCpuPeriod(-1), "linux.resources.cpu_period: -1"),
        bad(b -> b.setCpuQuota(-2), "linux.resources.cpu_quota: -2"),
        bad(b -> b.setCpuShares(-1), "linux.resources.cpu_shares: -1"),
        bad(b -> b.setMemoryLimitInBytes(-2), "linux.resources.memory_limit_in_bytes: -2"),
        bad(b -> b.setMemorySwapLimitInBytes(-2), "memory_swap_limit_in_bytes: -2"),
        bad(
            b -> b.setMemoryLimitInBytes(100).setMemorySwapLimitInBytes(99),
            "memory_swap_limit_in_bytes: 99; expected memory and swap together, at least"
                + " memory_limit_in_bytes (100)"),
        bad(b -> b.setMemorySwapLimitInBytes(99), "a memory_limit_in_bytes beside it"),
        bad(b -> b.setOomScoreAdj(1001), "linux.resources.oom_score_adj: 1001"),
        bad(b -> b.setOomScoreAdj(-1001), "linux.resources.oom_score_adj: -1001"));
  }

  private static Arguments bad(Consumer<LinuxContainerResources.Builder> change, String message) {
    LinuxContainerResources.Builder wanted = none();
    change.accept(wanted);
    return Arguments.of(wanted.build(), message);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void refused(LinuxContainerResources wanted, String message) {
    assertThatThrownBy(() -> Resources.toOci(wanted, List.of(), Fixtures.host()))
        .hasMessageContaining(message);
  }

  @Test
  void unifiedNeedsTheUnifiedHierarchy() {
    LinuxContainerResources wanted = none().putUnified("memory.high", "1").build();
    assertThatThrownBy(() -> Resources.toOci(wanted, List.of(), LEGACY))
        .hasMessageContaining("linux.resources.unified: sets [memory.high]");
  }

  @Test
  void anUpdateChangesWhatItNames() {
    LinuxContainerResources base =
        none()
            .setCpuShares(100)
            .setCpuQuota(5_000)
            .setOomScoreAdj(7)
            .setMemoryLimitInBytes(100)
            .setCpusetCpus("0")
            .putUnified("a.b", "1")
            .putUnified("c.d", "2")
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(1))
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("1GB").setLimit(2))
            .build();
    LinuxContainerResources change =
        none()
            .setCpuShares(200)
            .setOomScoreAdj(900)
            .setCpusetCpus("1")
            .putUnified("c.d", "3")
            .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(9))
            .build();
    assertThat(Resources.overlay(base, change))
        .isEqualTo(
            none()
                .setCpuShares(200)
                .setCpuQuota(5_000)
                .setOomScoreAdj(7)
                .setMemoryLimitInBytes(100)
                .setCpusetCpus("1")
                .putUnified("a.b", "1")
                .putUnified("c.d", "3")
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(9))
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("1GB").setLimit(2))
                .build());
    assertThat(Resources.overlay(base, none().build())).isEqualTo(base);
  }

  @ParameterizedTest(name = "{0}/{1} changed by {2}/{3}")
  @CsvSource({
    "100, 0,   200, 0,   0",
    "100, 100, 200, 0,   200",
    "100, 150, 200, 0,   250",
    "100, 150, 50,  0,   100",
    "100, -1,  200, 0,   -1",
    "100, 150, 200, 400, 400",
    "100, 150, -1,  0,   -1",
    "100, 150, 0,   0,   150",
  })
  void aNewMemoryLimitKeepsTheSwap(
      long limit, long swap, long newLimit, long newSwap, long expected) {
    LinuxContainerResources merged =
        Resources.overlay(
            none().setMemoryLimitInBytes(limit).setMemorySwapLimitInBytes(swap).build(),
            none().setMemoryLimitInBytes(newLimit).setMemorySwapLimitInBytes(newSwap).build());
    assertThat(merged.getMemorySwapLimitInBytes()).isEqualTo(expected);
  }
}
