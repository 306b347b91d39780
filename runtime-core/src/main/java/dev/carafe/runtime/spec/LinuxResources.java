package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * cgroup limits.
 *
 * @param devices device access rules, in order
 * @param memory memory limits
 * @param cpu CPU shares and quotas
 * @param pids limit on tasks
 * @param blockIO block device weights and throttles
 * @param hugepageLimits limits by huge page size
 * @param network cgroup v1 network classes
 * @param rdma RDMA limits by device
 * @param unified cgroup v2 files and what to write
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LinuxResources(
    List<DeviceRule> devices,
    @Nullable Memory memory,
    @Nullable Cpu cpu,
    @Nullable Pids pids,
    @JsonProperty("blockIO") @Nullable BlockIO blockIO,
    List<HugepageLimit> hugepageLimits,
    @Nullable Network network,
    Map<String, Rdma> rdma,
    Map<String, String> unified) {
  /** No limit at all. */
  public static final LinuxResources NONE =
      new LinuxResources(List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of());

  public LinuxResources {
    devices = Values.list(devices);
    hugepageLimits = Values.list(hugepageLimits);
    rdma = Values.map(rdma);
    unified = Values.map(unified);
  }

  /** The same with another limit on tasks. */
  public LinuxResources with(@Nullable Pids changed) {
    return new LinuxResources(
        devices, memory, cpu, changed, blockIO, hugepageLimits, network, rdma, unified);
  }

  /**
   * Allows or denies devices.
   *
   * @param allow allow or deny
   * @param type kind of device; absent is every kind
   * @param major major number; absent or -1 is every one
   * @param minor minor number; absent or -1 is every one
   * @param access letters of r, w, m; absent is rwm; others say nothing, as with runc
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record DeviceRule(
      boolean allow,
      Device.@Nullable Type type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable String access) {
    public DeviceRule {
      access = Values.text(access);
    }

    /** The letters that count, of r, w and m. */
    public String letters() {
      return access == null ? "rwm" : access.replaceAll("[^rwm]", "");
    }
  }

  /**
   * Memory, in bytes; -1 is no limit.
   *
   * @param limit hard limit
   * @param reservation soft limit
   * @param swap memory and swap together
   * @param kernel ignored since kernel 5.16
   * @param kernelTCP limit of TCP buffers, cgroup v1
   * @param swappiness 0 to 100, cgroup v1
   * @param disableOOMKiller tasks wait instead of being killed, cgroup v1
   * @param useHierarchy ignored by kernels of today
   * @param checkBeforeUpdate refuse a limit below what is used
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Memory(
      @Nullable Long limit,
      @Nullable Long reservation,
      @Nullable Long swap,
      @Nullable Long kernel,
      @JsonProperty("kernelTCP") @Nullable Long kernelTCP,
      @Uint64 @Nullable Long swappiness,
      @JsonProperty("disableOOMKiller") @Nullable Boolean disableOOMKiller,
      @Nullable Boolean useHierarchy,
      @Nullable Boolean checkBeforeUpdate) {}

  /**
   * CPU time; periods, quotas and bursts in microseconds.
   *
   * @param shares relative weight, 2 to 262144
   * @param quota time in a period; 0 or less is no limit
   * @param burst time that may be saved up
   * @param period length of a period
   * @param realtimeRuntime time for real-time tasks, cgroup v1
   * @param realtimePeriod period for real-time tasks, cgroup v1
   * @param cpus CPU list
   * @param mems NUMA node list
   * @param idle 1 is SCHED_IDLE for the whole cgroup
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Cpu(
      @Uint64 @Nullable Long shares,
      @Nullable Long quota,
      @Uint64 @Nullable Long burst,
      @Uint64 @Nullable Long period,
      @Nullable Long realtimeRuntime,
      @Uint64 @Nullable Long realtimePeriod,
      @Nullable String cpus,
      @Nullable String mems,
      @Nullable Long idle) {
    public Cpu {
      cpus = Values.text(cpus);
      mems = Values.text(mems);
    }
  }

  /**
   * Tasks.
   *
   * @param limit most tasks; -1 is no limit; absent leaves it
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Pids(@Nullable Long limit) {}

  /**
   * Block devices.
   *
   * @param weight 10 to 1000
   * @param leafWeight 10 to 1000, cgroup v1
   * @param weightDevice weights by device
   * @param throttleReadBpsDevice bytes a second read
   * @param throttleWriteBpsDevice bytes a second written
   * @param throttleReadIOPSDevice reads a second
   * @param throttleWriteIOPSDevice writes a second
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record BlockIO(
      @Nullable Integer weight,
      @Nullable Integer leafWeight,
      List<WeightDevice> weightDevice,
      List<ThrottleDevice> throttleReadBpsDevice,
      List<ThrottleDevice> throttleWriteBpsDevice,
      @JsonProperty("throttleReadIOPSDevice") List<ThrottleDevice> throttleReadIOPSDevice,
      @JsonProperty("throttleWriteIOPSDevice") List<ThrottleDevice> throttleWriteIOPSDevice) {
    public BlockIO {
      weightDevice = Values.list(weightDevice);
      throttleReadBpsDevice = Values.list(throttleReadBpsDevice);
      throttleWriteBpsDevice = Values.list(throttleWriteBpsDevice);
      throttleReadIOPSDevice = Values.list(throttleReadIOPSDevice);
      throttleWriteIOPSDevice = Values.list(throttleWriteIOPSDevice);
    }
  }

  /**
   * A device's weight.
   *
   * @param major major number
   * @param minor minor number
   * @param weight 10 to 1000
   * @param leafWeight 10 to 1000, cgroup v1
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record WeightDevice(
      long major, long minor, @Nullable Integer weight, @Nullable Integer leafWeight) {}

  /**
   * A device's limit.
   *
   * @param major major number
   * @param minor minor number
   * @param rate bytes or operations a second
   */
  public record ThrottleDevice(long major, long minor, @Uint64 long rate) {}

  /**
   * Huge pages.
   *
   * @param pageSize size as the kernel names it: 64KB, 2MB, 1GB
   * @param limit bytes
   */
  public record HugepageLimit(String pageSize, @Uint64 long limit) {
    public HugepageLimit {
      Objects.requireNonNull(pageSize, "pageSize");
    }
  }

  /**
   * Network classes, cgroup v1.
   *
   * @param classID class of net_cls
   * @param priorities priorities of net_prio
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Network(
      @JsonProperty("classID") @Nullable Long classID, List<InterfacePriority> priorities) {
    public Network {
      priorities = Values.list(priorities);
    }
  }

  /**
   * An interface's priority.
   *
   * @param name of the interface
   * @param priority its priority
   */
  public record InterfacePriority(String name, long priority) {
    public InterfacePriority {
      Objects.requireNonNull(name, "name");
    }
  }

  /**
   * RDMA limits of a device.
   *
   * @param hcaHandles most handles
   * @param hcaObjects most objects
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Rdma(@Nullable Long hcaHandles, @Nullable Long hcaObjects) {}
}
