package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.HugepageLimit;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * cgroup limits out of CRI. Numbers that are 0 and texts that are empty are not set. Entries of
 * {@code unified} win over the fields: who writes them writes them last.
 */
public final class Resources {
  private static final String FIELD = "linux.resources.";
  private static final long UNLIMITED = -1;

  private Resources() {}

  /**
   * The OCI form.
   *
   * @param devices access rules of the container's devices, in order
   * @throws Failure INVALID for what no cgroup can be set to
   */
  public static LinuxResources toOci(
      LinuxContainerResources wanted, List<DeviceRule> devices, HostFacts host) {
    check(wanted, host);
    List<LinuxResources.HugepageLimit> hugepages =
        host.hugetlbLimits()
            ? wanted.getHugepageLimitsList().stream()
                .map(l -> new LinuxResources.HugepageLimit(l.getPageSize(), l.getLimit()))
                .toList()
            : List.of();
    return new LinuxResources(
        devices,
        memory(wanted, host),
        cpu(wanted),
        null,
        null,
        hugepages,
        null,
        Map.of(),
        new TreeMap<>(wanted.getUnifiedMap()));
  }

  /**
   * What holds after an update: fields of {@code change} that are set, else those of {@code base}.
   * When memory changes and swap is not mentioned, the container keeps as much swap as it had. A
   * process gets its oom_score_adj when it starts, so that an update leaves it as it is.
   */
  public static LinuxContainerResources overlay(
      LinuxContainerResources base, LinuxContainerResources change) {
    LinuxContainerResources.Builder merged =
        base.toBuilder().mergeFrom(change).setOomScoreAdj(base.getOomScoreAdj());
    long limit = change.getMemoryLimitInBytes();
    long swap = base.getMemorySwapLimitInBytes();
    if (limit != 0 && change.getMemorySwapLimitInBytes() == 0 && swap > 0) {
      long kept = swap - Math.max(base.getMemoryLimitInBytes(), 0);
      merged.setMemorySwapLimitInBytes(limit == UNLIMITED ? UNLIMITED : limit + kept);
    }
    Map<String, HugepageLimit> hugepages = new LinkedHashMap<>();
    merged.getHugepageLimitsList().forEach(l -> hugepages.put(l.getPageSize(), l));
    return merged.clearHugepageLimits().addAllHugepageLimits(hugepages.values()).build();
  }

  private static void check(LinuxContainerResources wanted, HostFacts host) {
    if (wanted.getCpuPeriod() < 0) {
      throw bad("cpu_period", wanted.getCpuPeriod(), "microseconds, or 0 for the kernel's default");
    }
    if (wanted.getCpuQuota() < UNLIMITED) {
      throw bad("cpu_quota", wanted.getCpuQuota(), "microseconds, 0 for none, or -1 for no limit");
    }
    if (wanted.getCpuShares() < 0) {
      throw bad("cpu_shares", wanted.getCpuShares(), "2 to 262144, or 0 for the default");
    }
    if (wanted.getMemoryLimitInBytes() < UNLIMITED) {
      throw bad("memory_limit_in_bytes", wanted.getMemoryLimitInBytes(), "bytes, 0, or -1");
    }
    long swap = wanted.getMemorySwapLimitInBytes();
    boolean below = swap > 0 && swap < wanted.getMemoryLimitInBytes();
    if (swap < UNLIMITED || below) {
      throw bad(
          "memory_swap_limit_in_bytes",
          swap,
          "memory and swap together, at least memory_limit_in_bytes (%d); or 0, or -1"
              .formatted(wanted.getMemoryLimitInBytes()));
    }
    if (swap > 0 && wanted.getMemoryLimitInBytes() <= 0) {
      throw bad("memory_swap_limit_in_bytes", swap, "a memory_limit_in_bytes beside it");
    }
    if (Math.abs(wanted.getOomScoreAdj()) > 1000) {
      throw bad("oom_score_adj", wanted.getOomScoreAdj(), "-1000 to 1000");
    }
    if (!wanted.getUnifiedMap().isEmpty() && !host.unifiedCgroups()) {
      throw Failure.invalid(
          "%sunified: sets %s, but this node has cgroup v1; use the other fields"
              .formatted(FIELD, wanted.getUnifiedMap().keySet()));
    }
  }

  /** Without a word on swap a container with a memory limit gets none, as in containerd. */
  private static @Nullable Memory memory(LinuxContainerResources wanted, HostFacts host) {
    Long limit = orNull(wanted.getMemoryLimitInBytes());
    Long asked = orNull(wanted.getMemorySwapLimitInBytes());
    Long swap = !host.swapLimits() ? null : asked == null ? limit : asked;
    return limit == null && swap == null
        ? null
        : new Memory(limit, null, swap, null, null, null, null, null, null);
  }

  private static @Nullable Cpu cpu(LinuxContainerResources wanted) {
    Cpu cpu =
        new Cpu(
            orNull(wanted.getCpuShares()),
            orNull(wanted.getCpuQuota()),
            null,
            orNull(wanted.getCpuPeriod()),
            null,
            null,
            wanted.getCpusetCpus(),
            wanted.getCpusetMems(),
            null);
    return cpu.equals(new Cpu(null, null, null, null, null, null, null, null, null)) ? null : cpu;
  }

  private static @Nullable Long orNull(long value) {
    return value == 0 ? null : value;
  }

  private static Failure bad(String field, long value, String expected) {
    return Failure.invalid("%s%s: %d; expected %s".formatted(FIELD, field, value, expected));
  }
}
