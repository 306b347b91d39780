package dev.carafe.agent.stats;

import dev.carafe.runtime.cgroup.CgroupStats;
import dev.carafe.runtime.cgroup.CgroupStats.BlockIo;
import dev.carafe.runtime.cgroup.CgroupStats.Cpu;
import dev.carafe.runtime.cgroup.CgroupStats.HugePages;
import dev.carafe.runtime.cgroup.CgroupStats.Memory;
import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The counters of a cgroup as metrics. What the kernel does not count is absent. */
public final class CgroupMetrics {
  private static final String READ = "Read";
  private static final String WRITE = "Write";

  private CgroupMetrics() {}

  /** Adds all but the block devices'. */
  public static void add(MetricSamples to, CgroupStats stats) {
    cpu(to, stats.cpu());
    memory(to, stats.memory());
    to.add(MetricKind.THREADS, stats.pids().current());
    to.add(MetricKind.THREADS_MAX, orZero(stats.pids().limit()));
    pressure(to, stats.cpuPressure(), MetricKind.CPU_WAITING, MetricKind.CPU_STALLED);
    pressure(to, stats.memoryPressure(), MetricKind.MEMORY_WAITING, MetricKind.MEMORY_STALLED);
    pressure(to, stats.ioPressure(), MetricKind.IO_WAITING, MetricKind.IO_STALLED);
  }

  /** Adds what was moved from and to block devices. */
  public static void addBlockIo(MetricSamples to, List<BlockIo> devices) {
    for (BlockIo io : devices) {
      String major = Long.toString(io.major());
      String minor = Long.toString(io.minor());
      String device = deviceName(major, minor);
      to.add(MetricKind.BLKIO_USAGE, io.readBytes(), device, major, minor, READ);
      to.add(MetricKind.BLKIO_USAGE, io.writeBytes(), device, major, minor, WRITE);
      to.add(MetricKind.FS_READ_BYTES, io.readBytes(), device);
      to.add(MetricKind.FS_READS, io.reads(), device);
      to.add(MetricKind.FS_WRITE_BYTES, io.writeBytes(), device);
      to.add(MetricKind.FS_WRITES, io.writes(), device);
    }
  }

  /** Adds huge pages; the highest usage only where the kernel keeps it. */
  public static void addHugePages(MetricSamples to, List<HugePages> sizes) {
    for (HugePages pages : sizes) {
      to.add(MetricKind.HUGETLB_USAGE, pages.usage(), pages.pageSize());
      if (pages.maxUsage() != HugePages.UNKNOWN) {
        to.add(MetricKind.HUGETLB_MAX, pages.maxUsage(), pages.pageSize());
      }
    }
  }

  private static void cpu(MetricSamples to, Cpu cpu) {
    to.addSeconds(MetricKind.CPU_USAGE, cpu.usage(), "total");
    to.addSeconds(MetricKind.CPU_USER, cpu.user());
    to.addSeconds(MetricKind.CPU_SYSTEM, cpu.system());
    to.add(MetricKind.CPU_PERIODS, cpu.periods());
    to.add(MetricKind.CPU_THROTTLED_PERIODS, cpu.throttledPeriods());
    to.addSeconds(MetricKind.CPU_THROTTLED, cpu.throttledTime());
  }

  private static void memory(MetricSamples to, Memory memory) {
    to.add(MetricKind.MEMORY_CACHE, memory.cache());
    to.add(MetricKind.MEMORY_RSS, memory.rss());
    to.add(MetricKind.MEMORY_KERNEL, memory.kernel());
    to.add(MetricKind.MEMORY_MAPPED, memory.mappedFile());
    to.add(MetricKind.MEMORY_SWAP, memory.swapUsage());
    to.add(MetricKind.MEMORY_FAILCNT, memory.failures());
    to.add(MetricKind.MEMORY_USAGE, memory.usage());
    to.add(MetricKind.MEMORY_MAX, memory.maxUsage());
    to.add(MetricKind.MEMORY_WORKING_SET, memory.workingSet());
    to.add(MetricKind.MEMORY_FAULTS, memory.pageFaults(), "pgfault", "hierarchy");
    to.add(MetricKind.MEMORY_FAULTS, memory.majorPageFaults(), "pgmajfault", "hierarchy");
    to.add(MetricKind.OOM_EVENTS, memory.oomKills());
    to.add(MetricKind.SPEC_MEMORY, orZero(memory.limit()));
    to.add(MetricKind.SPEC_SWAP, orZero(memory.swapLimit()));
  }

  private static void pressure(
      MetricSamples to, @Nullable Pressure pressure, MetricKind waiting, MetricKind stalled) {
    if (pressure != null) {
      to.addSeconds(waiting, pressure.some().total());
      to.addSeconds(stalled, pressure.full().total());
    }
  }

  private static long orZero(long limit) {
    return limit == CgroupStats.UNLIMITED ? 0 : limit;
  }

  /** /dev/NAME as the kernel has it; empty for a device that is gone. */
  private static String deviceName(String major, String minor) {
    try {
      Path link = Path.of("/sys/dev/block", major + ":" + minor);
      return "/dev/" + Files.readSymbolicLink(link).getFileName();
    } catch (IOException gone) {
      return "";
    }
  }
}
