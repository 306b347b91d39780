package dev.carafe.runtime.cgroup;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a cgroup used, at one moment. Counters start at 0 with the cgroup; what the machine's layout
 * does not count is 0, and pressure is null without cgroup v2 or PSI.
 *
 * @param timestamp when it was read, ns since the epoch
 * @param cpu CPU time
 * @param memory memory
 * @param pids tasks
 * @param blockIo by device
 * @param cpuPressure cpu.pressure
 * @param memoryPressure memory.pressure
 * @param ioPressure io.pressure
 */
public record CgroupStats(
    long timestamp,
    Cpu cpu,
    Memory memory,
    Pids pids,
    List<BlockIo> blockIo,
    @Nullable Pressure cpuPressure,
    @Nullable Pressure memoryPressure,
    @Nullable Pressure ioPressure) {
  public CgroupStats {
    Objects.requireNonNull(cpu, "cpu");
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(pids, "pids");
    blockIo = List.copyOf(blockIo);
  }

  /** The value of a limit that is not set. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * CPU time, ns.
   *
   * @param usage in all
   * @param user in user mode
   * @param system in the kernel
   * @param periods enforcement periods of a quota that passed
   * @param throttledPeriods those in which the quota ran out
   * @param throttledTime ns spent waiting for the next period
   */
  public record Cpu(
      long usage,
      long user,
      long system,
      long periods,
      long throttledPeriods,
      long throttledTime) {}

  /**
   * Memory, bytes unless said otherwise; children included.
   *
   * @param usage all that is charged
   * @param workingSet usage without the file pages that reclaim would take first
   * @param rss anonymous memory
   * @param cache file pages
   * @param mappedFile file pages that are mapped
   * @param kernel kernel memory
   * @param maxUsage highest usage so far; 0 where the kernel keeps none
   * @param limit hard limit or {@link #UNLIMITED}
   * @param swapUsage swapped out
   * @param swapLimit how much may be swapped out, or {@link #UNLIMITED}
   * @param pageFaults number of faults
   * @param majorPageFaults number of faults that read from disk
   * @param failures how often the limit was hit
   * @param oomKills processes killed for want of memory
   */
  public record Memory(
      long usage,
      long workingSet,
      long rss,
      long cache,
      long mappedFile,
      long kernel,
      long maxUsage,
      long limit,
      long swapUsage,
      long swapLimit,
      long pageFaults,
      long majorPageFaults,
      long failures,
      long oomKills) {}

  /**
   * Tasks.
   *
   * @param current tasks (threads), without dead ones
   * @param limit most tasks or {@link #UNLIMITED}
   */
  public record Pids(long current, long limit) {}

  /**
   * What one block device did for the cgroup.
   *
   * @param major major number
   * @param minor minor number
   * @param readBytes bytes read
   * @param writeBytes bytes written
   * @param reads number of reads
   * @param writes number of writes
   */
  public record BlockIo(
      long major, long minor, long readBytes, long writeBytes, long reads, long writes) {}

  /**
   * Huge pages of one size.
   *
   * @param pageSize as the kernel names it: 2MB, 1GB
   * @param usage bytes in use
   * @param maxUsage highest usage so far, bytes; {@link #UNKNOWN} where the kernel keeps none
   */
  public record HugePages(String pageSize, long usage, long maxUsage) {
    /** cgroup v2 does not count it. */
    public static final long UNKNOWN = -1;

    public HugePages {
      Objects.requireNonNull(pageSize, "pageSize");
    }
  }

  /**
   * Pressure stall information (kernel: accounting/psi.rst).
   *
   * @param some at least one task waited
   * @param full all tasks waited
   */
  public record Pressure(Stall some, Stall full) {
    public Pressure {
      Objects.requireNonNull(some, "some");
      Objects.requireNonNull(full, "full");
    }
  }

  /**
   * One line of a pressure file.
   *
   * @param total time waited, ns
   * @param avg10 percent of the last 10 s
   * @param avg60 percent of the last 60 s
   * @param avg300 percent of the last 300 s
   */
  public record Stall(long total, double avg10, double avg60, double avg300) {}
}
