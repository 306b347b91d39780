package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.BlockIO;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import dev.carafe.runtime.spec.LinuxResources.ThrottleDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Compiles OCI resources for cgroup v2 (kernel: Documentation/admin-guide/cgroup-v2.rst). */
final class UnifiedLimits {
  /** Files that move, stop or kill processes or change the tree; never a limit. */
  private static final Set<String> FORBIDDEN =
      Set.of(
          "cgroup.procs",
          "cgroup.threads",
          "cgroup.kill",
          "cgroup.freeze",
          "cgroup.type",
          "cgroup.subtree_control");

  private final Path dir;
  private final FileState state;
  private final List<Setting> settings = new ArrayList<>();
  private final List<String> notEnforced = new ArrayList<>();

  private UnifiedLimits(Path dir, FileState state) {
    this.dir = dir;
    this.state = state;
  }

  /** Compiles all but device rules, for a cgroup that has every controller. */
  static Limits compile(LinuxResources resources, Path dir, FileState state) {
    UnifiedLimits limits = new UnifiedLimits(dir, state);
    if (resources.memory() != null) {
      limits.memory(resources.memory());
    }
    if (resources.cpu() != null) {
      limits.cpu(resources.cpu());
    }
    if (resources.pids() != null && resources.pids().limit() != null) {
      long most = resources.pids().limit();
      limits.put("pids.max", Conversions.tasks(most));
    }
    if (resources.blockIO() != null) {
      limits.blockIo(resources.blockIO());
    }
    if (resources.network() != null) {
      limits.notEnforced.add("network classes and priorities: cgroup v2 has none");
    }
    limits.remainder(resources, true);
    return new Limits(limits.settings, limits.notEnforced);
  }

  /**
   * Compiles what lies in the cgroup2 part of a hybrid layout: controllers that v1 does not have,
   * and the unified map.
   */
  static Limits compileHybrid(LinuxResources resources, CgroupDirs dirs, FileState state) {
    UnifiedLimits limits = new UnifiedLimits(Objects.requireNonNull(dirs.unified()), state);
    limits.remainder(resources, !dirs.legacy().containsKey("hugetlb"));
    return new Limits(limits.settings, limits.notEnforced);
  }

  /**
   * The unified map comes last: it is the later word where it names a file that was set already.
   */
  private void remainder(LinuxResources resources, boolean hugetlb) {
    if (hugetlb) {
      resources.hugepageLimits().forEach(this::hugepages);
    }
    Path rdma = dir.resolve("rdma.max");
    resources.rdma().forEach((device, most) -> settings.add(RdmaLimit.setting(rdma, device, most)));
    resources.unified().forEach(this::unified);
  }

  private void memory(Memory memory) {
    Long limit = memory.limit();
    if (limit != null && Boolean.TRUE.equals(memory.checkBeforeUpdate())) {
      MemoryCheck.refuseBelowUsage(limit, state.number(dir.resolve("memory.current")));
    }
    if (memory.swap() != null) {
      String swap = Conversions.swapMax(limit, memory.swap());
      if (state.has(dir.resolve("memory.swap.max"))) {
        put("memory.swap.max", swap);
      } else if (!swap.equals("max")) {
        notEnforced.add("the swap limit of " + swap + " bytes: this kernel does not account swap");
      }
    }
    if (limit != null) {
      put("memory.max", Conversions.maxOrNumber(limit));
    }
    if (memory.reservation() != null) {
      put("memory.low", Conversions.maxOrNumber(memory.reservation()));
    }
    if (memory.kernelTCP() != null) {
      notEnforced.add("memory.kernelTCP: cgroup v2 has no limit of its own for TCP buffers");
    }
    if (memory.swappiness() != null) {
      notEnforced.add("memory.swappiness: cgroup v2 has none");
    }
    if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
      notEnforced.add("memory.disableOOMKiller: cgroup v2 can't switch the OOM killer off");
    }
  }

  private void cpu(Cpu cpu) {
    if (cpu.realtimePeriod() != null || cpu.realtimeRuntime() != null) {
      throw CgroupException.invalid(
          "cpu.realtimePeriod and realtimeRuntime exist in cgroup v1 only; remove them");
    }
    boolean idle = cpu.idle() != null && cpu.idle() == 1;
    if (cpu.idle() != null && !idle) {
      put("cpu.idle", cpu.idle().toString());
    }
    // An idle group has no weight: the kernel refuses cpu.weight for it.
    if (cpu.shares() != null && cpu.shares() != 0 && !idle) {
      put("cpu.weight", Long.toString(Conversions.weightOfShares(cpu.shares())));
    }
    if (idle) {
      put("cpu.idle", "1");
    }
    quota(cpu);
    if (cpu.cpus() != null) {
      put("cpuset.cpus", cpu.cpus());
    }
    if (cpu.mems() != null) {
      put("cpuset.mems", cpu.mems());
    }
  }

  private void quota(Cpu cpu) {
    Long quota = cpu.quota() == null || cpu.quota() == 0 ? null : cpu.quota();
    Long period = cpu.period() == null || cpu.period() == 0 ? null : cpu.period();
    Long burst = cpu.burst();
    Path burstFile = dir.resolve("cpu.max.burst");
    boolean dropBurst = burst != null && burst < state.number(burstFile);
    if (burst != null && dropBurst) {
      put("cpu.max.burst", burst.toString());
    }
    if (quota != null || period != null) {
      String first = quota == null ? presentQuota() : Conversions.maxOrNumber(quota);
      put("cpu.max", period == null ? first : first + " " + period);
    }
    if (burst != null && !dropBurst) {
      put("cpu.max.burst", burst.toString());
    }
  }

  private String presentQuota() {
    String now = state.read(dir.resolve("cpu.max"));
    return now == null || now.indexOf(' ') < 0 ? "max" : now.substring(0, now.indexOf(' '));
  }

  private void blockIo(BlockIO io) {
    if (io.weight() != null || !io.weightDevice().isEmpty()) {
      weights(io);
    }
    throttle("rbps", io.throttleReadBpsDevice());
    throttle("wbps", io.throttleWriteBpsDevice());
    throttle("riops", io.throttleReadIOPSDevice());
    throttle("wiops", io.throttleWriteIOPSDevice());
  }

  private void weights(BlockIO io) {
    boolean bfq = state.has(dir.resolve("io.bfq.weight"));
    Path file = dir.resolve(bfq ? "io.bfq.weight" : "io.weight");
    if (!state.has(file)) {
      notEnforced.add("block I/O weights: no I/O scheduler of this machine has them");
      return;
    }
    if (io.weight() != null) {
      settings.add(Setting.keyed(file, "default", weight(bfq, io.weight()), "100"));
    }
    for (LinuxResources.WeightDevice device : io.weightDevice()) {
      if (device.weight() != null) {
        String key = device.major() + ":" + device.minor();
        settings.add(Setting.keyed(file, key, weight(bfq, device.weight()), "default"));
      }
    }
  }

  private static String weight(boolean bfq, int weight) {
    return Long.toString(bfq ? weight : Conversions.ioWeight(weight));
  }

  private void throttle(String key, List<ThrottleDevice> devices) {
    Path file = dir.resolve("io.max");
    for (ThrottleDevice device : devices) {
      String name = device.major() + ":" + device.minor();
      String rate = device.rate() == 0 ? "max" : Long.toUnsignedString(device.rate());
      String reset = "rbps=max wbps=max riops=max wiops=max";
      settings.add(Setting.keyed(file, name, key + "=" + rate, reset));
    }
  }

  private void hugepages(LinuxResources.HugepageLimit page) {
    String limit = Long.toUnsignedString(page.limit());
    put("hugetlb." + page.pageSize() + ".max", limit);
    String reserved = "hugetlb." + page.pageSize() + ".rsvd.max";
    if (state.has(dir.resolve(reserved))) {
      put(reserved, limit);
    }
  }

  private void unified(String name, String value) {
    if (name.contains("/") || !name.contains(".") || FORBIDDEN.contains(name)) {
      throw CgroupException.invalid(
          "resources.unified: '" + name + "' is not the name of a cgroup v2 limit file");
    }
    if (!state.has(dir.resolve(name))) {
      throw CgroupException.invalid(
          "invalid configuration: resources.unified: there is no file "
              + name
              + " in "
              + dir
              + "; its controller is not in cgroup v2 here");
    }
    value.lines().forEach(line -> put(name, line));
  }

  private void put(String name, String value) {
    settings.add(Setting.of(dir.resolve(name), value));
  }
}
