package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.BlockIO;
import dev.carafe.runtime.spec.LinuxResources.Cpu;
import dev.carafe.runtime.spec.LinuxResources.Memory;
import dev.carafe.runtime.spec.LinuxResources.Network;
import dev.carafe.runtime.spec.LinuxResources.ThrottleDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles OCI resources for cgroup v1 (kernel: Documentation/admin-guide/cgroup-v1). */
final class LegacyLimits {
  private final CgroupDirs dirs;
  private final FileState state;
  private final List<Setting> settings = new ArrayList<>();
  private final List<String> notEnforced = new ArrayList<>();

  private LegacyLimits(CgroupDirs dirs, FileState state) {
    this.dirs = dirs;
    this.state = state;
  }

  /**
   * Compiles all but device rules; huge pages of a hybrid layout are {@link UnifiedLimits}' work.
   */
  static Limits compile(LinuxResources resources, CgroupDirs dirs, FileState state) {
    LegacyLimits limits = new LegacyLimits(dirs, state);
    if (resources.memory() != null) {
      limits.memory(resources.memory());
    }
    if (resources.cpu() != null) {
      limits.cpu(resources.cpu());
    }
    if (resources.pids() != null && resources.pids().limit() != null) {
      long most = resources.pids().limit();
      limits.put("pids", "pids.max", Conversions.tasks(most));
    }
    if (resources.blockIO() != null) {
      limits.blockIo(resources.blockIO());
    }
    if (resources.network() != null) {
      limits.network(resources.network());
    }
    if (dirs.legacy().containsKey("hugetlb") || dirs.unified() == null) {
      for (LinuxResources.HugepageLimit page : resources.hugepageLimits()) {
        String file = "hugetlb." + page.pageSize() + ".limit_in_bytes";
        limits.put("hugetlb", file, Long.toUnsignedString(page.limit()));
      }
    }
    if (dirs.legacy().containsKey("rdma") || dirs.unified() == null) {
      resources.rdma().forEach((device, most) -> limits.add(limits.rdma(device, most)));
    }
    return new Limits(limits.settings, limits.notEnforced);
  }

  private void memory(Memory memory) {
    Long limit = memory.limit();
    Long swap = memory.swap();
    if (limit != null && Boolean.TRUE.equals(memory.checkBeforeUpdate())) {
      MemoryCheck.refuseBelowUsage(limit, state.number(file("memory", "memory.usage_in_bytes")));
    }
    limitAndSwap(limit, swap);
    putIfGiven("memory", "memory.soft_limit_in_bytes", memory.reservation());
    putIfGiven("memory", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP());
    putIfGiven("memory", "memory.swappiness", memory.swappiness());
    if (memory.disableOOMKiller() != null) {
      Path file = file("memory", "memory.oom_control");
      String value = memory.disableOOMKiller() ? "1" : "0";
      add(new Setting(file, value, old -> old.contains("oom_kill_disable 1") ? "1" : "0"));
    }
  }

  /**
   * The kernel keeps memory+swap at or above memory at every moment, so the order depends on the
   * direction.
   */
  private void limitAndSwap(@Nullable Long limit, @Nullable Long swap) {
    boolean unlimited = limit != null && limit == -1;
    Long both = swap == null && unlimited ? Long.valueOf(-1) : swap;
    if (both == null || !swapAccounted()) {
      if (both != null && both != -1) {
        notEnforced.add("the memory+swap limit " + both + ": this kernel does not account swap");
      }
      putIfGiven("memory", "memory.limit_in_bytes", limit);
      return;
    }
    if (limit != null && both != -1 && (unlimited || both < limit)) {
      throw CgroupException.invalid(
          "the memory+swap limit " + both + " is below the memory limit " + limit);
    }
    long now = state.number(file("memory", "memory.memsw.limit_in_bytes"));
    boolean raise = both == -1 || both > now;
    if (raise) {
      put("memory", "memory.memsw.limit_in_bytes", both.toString());
    }
    putIfGiven("memory", "memory.limit_in_bytes", limit);
    if (!raise) {
      put("memory", "memory.memsw.limit_in_bytes", both.toString());
    }
  }

  private boolean swapAccounted() {
    return state.has(file("memory", "memory.memsw.limit_in_bytes"));
  }

  /** The kernel refuses a runtime above the period, so the order keeps the share small between. */
  private void realtime(Cpu cpu) {
    Long period = cpu.realtimePeriod();
    Long runtime = cpu.realtimeRuntime();
    if (period != null
        && runtime != null
        && period < state.number(file("cpu", "cpu.rt_period_us"))) {
      putIfGiven("cpu", "cpu.rt_runtime_us", runtime);
      putIfGiven("cpu", "cpu.rt_period_us", period);
    } else {
      putIfGiven("cpu", "cpu.rt_period_us", period);
      putIfGiven("cpu", "cpu.rt_runtime_us", runtime);
    }
  }

  private void cpu(Cpu cpu) {
    realtime(cpu);
    boolean idle = cpu.idle() != null && cpu.idle() == 1;
    if (cpu.idle() != null && !idle) {
      put("cpu", "cpu.idle", cpu.idle().toString());
    }
    // An idle group has no weight: the kernel refuses shares for it.
    if (cpu.shares() != null && cpu.shares() != 0 && !idle) {
      long shares = Math.clamp(cpu.shares(), Conversions.MIN_SHARES, Conversions.MAX_SHARES);
      put("cpu", "cpu.shares", Long.toString(shares));
    }
    if (idle) {
      put("cpu", "cpu.idle", "1");
    }
    quota(cpu);
    if (cpu.cpus() != null) {
      put("cpuset", "cpuset.cpus", cpu.cpus());
    }
    if (cpu.mems() != null) {
      put("cpuset", "cpuset.mems", cpu.mems());
    }
  }

  /**
   * The ratio of quota to period must stay within the parent's at every moment: a longer period is
   * written before the quota, a shorter one after it. A burst may never exceed the quota.
   */
  private void quota(Cpu cpu) {
    Long quota =
        cpu.quota() == null || cpu.quota() == 0 ? null : Long.valueOf(Math.max(-1, cpu.quota()));
    Long period = cpu.period() == null || cpu.period() == 0 ? null : cpu.period();
    Long burst = cpu.burst();
    boolean dropBurst = burst != null && burst < state.number(file("cpu", "cpu.cfs_burst_us"));
    if (dropBurst) {
      putIfGiven("cpu", "cpu.cfs_burst_us", burst);
    }
    boolean longer = period != null && period > state.number(file("cpu", "cpu.cfs_period_us"));
    if (longer) {
      putIfGiven("cpu", "cpu.cfs_period_us", period);
    }
    putIfGiven("cpu", "cpu.cfs_quota_us", quota);
    if (!longer) {
      putIfGiven("cpu", "cpu.cfs_period_us", period);
    }
    if (!dropBurst) {
      putIfGiven("cpu", "cpu.cfs_burst_us", burst);
    }
  }

  private void blockIo(BlockIO io) {
    if (io.weight() != null || !io.weightDevice().isEmpty()) {
      weights(io);
    }
    throttle("blkio.throttle.read_bps_device", io.throttleReadBpsDevice());
    throttle("blkio.throttle.write_bps_device", io.throttleWriteBpsDevice());
    throttle("blkio.throttle.read_iops_device", io.throttleReadIOPSDevice());
    throttle("blkio.throttle.write_iops_device", io.throttleWriteIOPSDevice());
  }

  private void weights(BlockIO io) {
    String name = state.has(file("blkio", "blkio.weight")) ? "blkio.weight" : "blkio.bfq.weight";
    if (!state.has(file("blkio", name))) {
      notEnforced.add("block I/O weights: no I/O scheduler of this machine has them");
      return;
    }
    if (io.weight() != null) {
      put("blkio", name, io.weight().toString());
    }
    for (LinuxResources.WeightDevice device : io.weightDevice()) {
      if (device.weight() != null) {
        String key = device.major() + ":" + device.minor();
        Path file = file("blkio", name + "_device");
        add(Setting.keyed(file, key, device.weight().toString(), "0"));
      }
    }
  }

  private void throttle(String name, List<ThrottleDevice> devices) {
    for (ThrottleDevice device : devices) {
      String key = device.major() + ":" + device.minor();
      add(Setting.keyed(file("blkio", name), key, Long.toUnsignedString(device.rate()), "0"));
    }
  }

  private void network(Network network) {
    putIfGiven("net_cls", "net_cls.classid", network.classID());
    for (LinuxResources.InterfacePriority one : network.priorities()) {
      Path file = file("net_prio", "net_prio.ifpriomap");
      add(Setting.keyed(file, one.name(), Long.toString(one.priority()), "0"));
    }
  }

  private Setting rdma(String device, LinuxResources.Rdma most) {
    return RdmaLimit.setting(file("rdma", "rdma.max"), device, most);
  }

  private Path file(String controller, String name) {
    return dirs.require(controller, name).resolve(name);
  }

  private void putIfGiven(String controller, String name, @Nullable Long value) {
    if (value != null) {
      put(controller, name, value.toString());
    }
  }

  private void put(String controller, String name, String value) {
    add(Setting.of(file(controller, name), value));
  }

  private void add(Setting setting) {
    settings.add(setting);
  }
}
