package dev.carafe.agent.stats;

import dev.carafe.cri.v1.CpuUsage;
import dev.carafe.cri.v1.IoUsage;
import dev.carafe.cri.v1.MemoryUsage;
import dev.carafe.cri.v1.ProcessUsage;
import dev.carafe.cri.v1.PsiData;
import dev.carafe.cri.v1.PsiStats;
import dev.carafe.cri.v1.SwapUsage;
import dev.carafe.cri.v1.UInt64Value;
import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import dev.carafe.runtime.cgroup.CgroupStats.Stall;
import dev.carafe.runtime.cgroup.CgroupUsage;

/** Counters of a cgroup in CRI's messages. What the kernel does not count is absent. */
public final class Usage {
  private Usage() {}

  /**
   * CPU time.
   *
   * @param nanoCores the current rate, of {@link CpuRates}
   */
  public static CpuUsage cpu(CgroupUsage stats, long nanoCores) {
    CpuUsage.Builder usage =
        CpuUsage.newBuilder()
            .setTimestamp(stats.timestamp())
            .setUsageCoreNanoSeconds(value(stats.cpuNanos()))
            .setUsageNanoCores(value(nanoCores));
    if (stats.cpuPressure() != null) {
      usage.setPsi(psi(stats.cpuPressure()));
    }
    return usage.build();
  }

  /** Memory; what is available is absent without a limit. */
  public static MemoryUsage memory(CgroupUsage stats) {
    CgroupUsage.Memory memory = stats.memory();
    MemoryUsage.Builder usage =
        MemoryUsage.newBuilder()
            .setTimestamp(stats.timestamp())
            .setWorkingSetBytes(value(memory.workingSet()))
            .setUsageBytes(value(memory.usage()))
            .setRssBytes(value(memory.rss()))
            .setPageFaults(value(memory.pageFaults()))
            .setMajorPageFaults(value(memory.majorPageFaults()));
    if (memory.limit() != CgroupStats.UNLIMITED) {
      usage.setAvailableBytes(value(Math.max(0, memory.limit() - memory.workingSet())));
    }
    if (stats.memoryPressure() != null) {
      usage.setPsi(psi(stats.memoryPressure()));
    }
    return usage.build();
  }

  /** Swap; what is available is absent without a limit. */
  public static SwapUsage swap(CgroupUsage stats) {
    CgroupUsage.Memory memory = stats.memory();
    SwapUsage.Builder usage =
        SwapUsage.newBuilder()
            .setTimestamp(stats.timestamp())
            .setSwapUsageBytes(value(memory.swapUsage()));
    if (memory.swapLimit() != CgroupStats.UNLIMITED) {
      usage.setSwapAvailableBytes(value(Math.max(0, memory.swapLimit() - memory.swapUsage())));
    }
    return usage.build();
  }

  /** Block I/O: nothing but its pressure. */
  public static IoUsage io(CgroupUsage stats) {
    IoUsage.Builder usage = IoUsage.newBuilder().setTimestamp(stats.timestamp());
    if (stats.ioPressure() != null) {
      usage.setPsi(psi(stats.ioPressure()));
    }
    return usage.build();
  }

  /** Tasks. */
  public static ProcessUsage processes(CgroupUsage stats) {
    return ProcessUsage.newBuilder()
        .setTimestamp(stats.timestamp())
        .setProcessCount(value(stats.tasks()))
        .build();
  }

  static UInt64Value value(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }

  private static PsiStats psi(Pressure pressure) {
    return PsiStats.newBuilder()
        .setFull(psi(pressure.full()))
        .setSome(psi(pressure.some()))
        .build();
  }

  private static PsiData psi(Stall stall) {
    return PsiData.newBuilder()
        .setTotal(stall.total())
        .setAvg10(stall.avg10())
        .setAvg60(stall.avg60())
        .setAvg300(stall.avg300())
        .build();
  }
}
