package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerAttributes;
import dev.carafe.cri.v1.ContainerMetadata;
import dev.carafe.cri.v1.ContainerStats;
import dev.carafe.cri.v1.CpuUsage;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.IoUsage;
import dev.carafe.cri.v1.MemoryUsage;
import dev.carafe.cri.v1.NetworkUsage;
import dev.carafe.cri.v1.PodSandboxAttributes;
import dev.carafe.cri.v1.PodSandboxStats;
import dev.carafe.cri.v1.ProcessUsage;
import dev.carafe.cri.v1.PsiData;
import dev.carafe.cri.v1.PsiStats;
import dev.carafe.cri.v1.SwapUsage;
import dev.carafe.cri.v1.UInt64Value;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import dev.carafe.runtime.cgroup.CgroupStats.Stall;
import dev.carafe.runtime.cgroup.CgroupUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class UsageTest {
  private static final long NOW = 1_700_000_000_000_000_001L;

  private static CgroupUsage stats(long limit, long swapLimit, @Nullable Pressure pressure) {
    return new CgroupUsage(
        NOW,
        5_000,
        new CgroupUsage.Memory(1000, 700, 300, limit, 40, swapLimit, 11, 12),
        7,
        pressure,
        pressure,
        pressure);
  }

  private static CgroupUsage full() {
    return stats(900, 100, new Pressure(new Stall(1, 2, 3, 4), new Stall(5, 6, 7, 8)));
  }

  private static UInt64Value value(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }

  private static PsiStats psi() {
    return PsiStats.newBuilder()
        .setSome(PsiData.newBuilder().setTotal(1).setAvg10(2).setAvg60(3).setAvg300(4))
        .setFull(PsiData.newBuilder().setTotal(5).setAvg10(6).setAvg60(7).setAvg300(8))
        .build();
  }

  @Test
  void everyCounterArrives() {
    assertThat(Usage.cpu(full(), 250))
        .isEqualTo(
            CpuUsage.newBuilder()
                .setTimestamp(NOW)
                .setUsageCoreNanoSeconds(value(5_000))
                .setUsageNanoCores(value(250))
                .setPsi(psi())
                .build());
    assertThat(Usage.memory(full()))
        .isEqualTo(
            MemoryUsage.newBuilder()
                .setTimestamp(NOW)
                .setWorkingSetBytes(value(700))
                .setAvailableBytes(value(200))
                .setUsageBytes(value(1000))
                .setRssBytes(value(300))
                .setPageFaults(value(11))
                .setMajorPageFaults(value(12))
                .setPsi(psi())
                .build());
    assertThat(Usage.swap(full()))
        .isEqualTo(
            SwapUsage.newBuilder()
                .setTimestamp(NOW)
                .setSwapUsageBytes(value(40))
                .setSwapAvailableBytes(value(60))
                .build());
    assertThat(Usage.io(full()))
        .isEqualTo(IoUsage.newBuilder().setTimestamp(NOW).setPsi(psi()).build());
    assertThat(Usage.processes(full()))
        .isEqualTo(ProcessUsage.newBuilder().setTimestamp(NOW).setProcessCount(value(7)).build());
  }

  @Test
  void whatIsNotLimitedOrNotCountedIsAbsent() {
    CgroupUsage stats = stats(CgroupStats.UNLIMITED, CgroupStats.UNLIMITED, null);
    assertThat(Usage.memory(stats).hasAvailableBytes()).isFalse();
    assertThat(Usage.swap(stats).hasSwapAvailableBytes()).isFalse();
    assertThat(Usage.cpu(stats, 0).hasPsi()).isFalse();
    assertThat(Usage.memory(stats).hasPsi()).isFalse();
    assertThat(Usage.io(stats).hasPsi()).isFalse();
    assertThat(Usage.cpu(stats, 0).hasUsageNanoCores()).isTrue();
  }

  @Test
  void nothingIsLessThanNothing() {
    CgroupUsage stats = stats(100, 10, null);
    assertThat(Usage.memory(stats).getAvailableBytes().getValue()).isZero();
    assertThat(Usage.swap(stats).getSwapAvailableBytes().getValue()).isZero();
  }

  @Test
  void aContainerAndItsPod() {
    ContainerAttributes attributes =
        ContainerAttributes.newBuilder()
            .setId("c1")
            .setMetadata(ContainerMetadata.newBuilder().setName("app"))
            .putLabels("l", "1")
            .putAnnotations("a", "2")
            .build();
    FilesystemUsage layer = FilesystemUsage.newBuilder().setUsedBytes(value(9)).build();
    ContainerStats container = StatsMessages.container(attributes, full(), 250, layer);
    assertThat(container)
        .isEqualTo(
            ContainerStats.newBuilder()
                .setAttributes(attributes)
                .setCpu(Usage.cpu(full(), 250))
                .setMemory(Usage.memory(full()))
                .setSwap(Usage.swap(full()))
                .setIo(Usage.io(full()))
                .setWritableLayer(layer)
                .build());
    PodSandboxAttributes pod = PodSandboxAttributes.newBuilder().setId("p1").build();
    NetworkUsage network = NetworkUsage.newBuilder().setTimestamp(5).build();
    PodSandboxStats stats = StatsMessages.pod(pod, full(), 300, network, List.of(container));
    assertThat(stats.getAttributes()).isEqualTo(pod);
    assertThat(stats.getLinux().getCpu()).isEqualTo(Usage.cpu(full(), 300));
    assertThat(stats.getLinux().getMemory()).isEqualTo(Usage.memory(full()));
    assertThat(stats.getLinux().getProcess()).isEqualTo(Usage.processes(full()));
    assertThat(stats.getLinux().getIo()).isEqualTo(Usage.io(full()));
    assertThat(stats.getLinux().getNetwork()).isEqualTo(network);
    assertThat(stats.getLinux().getContainersList()).containsExactly(container);
  }

  @Test
  void whatDoesNotRunHasAttributesAlone() {
    ContainerAttributes attributes = ContainerAttributes.newBuilder().setId("c1").build();
    assertThat(StatsMessages.container(attributes, null, 0, null))
        .isEqualTo(ContainerStats.newBuilder().setAttributes(attributes).build());
    PodSandboxStats pod =
        StatsMessages.pod(PodSandboxAttributes.getDefaultInstance(), null, 0, null, List.of());
    assertThat(pod.hasLinux()).isTrue();
    assertThat(pod.getLinux().hasCpu()).isFalse();
    assertThat(pod.getLinux().hasNetwork()).isFalse();
  }
}
