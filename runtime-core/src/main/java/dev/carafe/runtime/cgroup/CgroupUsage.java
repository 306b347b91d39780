package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.cgroup.CgroupStats.Pressure;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link CgroupStats} that a kubelet asks for every ten seconds of every pod: read from
 * as few files as have it. What the machine's layout does not count is 0, and pressure is null
 * without cgroup v2 or PSI.
 *
 * @param timestamp when it was read, ns since the epoch
 * @param cpuNanos CPU time, ns
 * @param memory memory
 * @param tasks tasks (threads), without dead ones
 * @param cpuPressure cpu.pressure
 * @param memoryPressure memory.pressure
 * @param ioPressure io.pressure
 */
public record CgroupUsage(
    long timestamp,
    long cpuNanos,
    Memory memory,
    long tasks,
    @Nullable Pressure cpuPressure,
    @Nullable Pressure memoryPressure,
    @Nullable Pressure ioPressure) {
  public CgroupUsage {
    Objects.requireNonNull(memory, "memory");
  }

  /**
   * Memory, bytes unless said otherwise; children included.
   *
   * @param usage all that is charged
   * @param workingSet usage without the file pages that reclaim would take first
   * @param rss anonymous memory
   * @param limit hard limit or {@link CgroupStats#UNLIMITED}; on v1 the lowest of this cgroup's and
   *     those above it
   * @param swapUsage swapped out
   * @param swapLimit how much may be swapped out, or {@link CgroupStats#UNLIMITED}; as {@code
   *     limit}
   * @param pageFaults number of faults
   * @param majorPageFaults number of faults that read from disk
   */
  public record Memory(
      long usage,
      long workingSet,
      long rss,
      long limit,
      long swapUsage,
      long swapLimit,
      long pageFaults,
      long majorPageFaults) {}
}
