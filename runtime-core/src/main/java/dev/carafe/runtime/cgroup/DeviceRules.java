package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.device.DeviceException;
import dev.carafe.runtime.device.DeviceFilter;
import dev.carafe.runtime.linux.BpfCalls;
import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.Identity;
import dev.carafe.runtime.linux.KernelFiles;
import dev.carafe.runtime.linux.LinuxException;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Device access by the devices controller of cgroup v1 (kernel: cgroup-v1/devices.rst), or by a BPF
 * program on cgroup v2. What no rule names is refused.
 */
final class DeviceRules {
  /**
   * What every container may use, after its own rules: nodes can be made, and the harmless ones
   * used.
   */
  static final List<DeviceRule> ALWAYS =
      List.of(
          allow(Device.Type.CHAR, null, null, "m"),
          allow(Device.Type.BLOCK, null, null, "m"),
          allow(Device.Type.CHAR, 1L, 3L, "rwm"),
          allow(Device.Type.CHAR, 1L, 5L, "rwm"),
          allow(Device.Type.CHAR, 1L, 7L, "rwm"),
          allow(Device.Type.CHAR, 1L, 8L, "rwm"),
          allow(Device.Type.CHAR, 1L, 9L, "rwm"),
          allow(Device.Type.CHAR, 5L, 0L, "rwm"),
          allow(Device.Type.CHAR, 5L, 2L, "rwm"),
          allow(Device.Type.CHAR, 136L, null, "rwm"),
          allow(Device.Type.CHAR, 10L, 200L, "rwm"));

  private static final DeviceRule NONE = new DeviceRule(false, Device.Type.ALL, null, null, "rwm");

  private static final Path SELF = Path.of("/proc/self");

  private DeviceRules() {}

  private static DeviceRule allow(
      Device.Type type, @Nullable Long major, @Nullable Long minor, String access) {
    return new DeviceRule(true, type, major, minor, access);
  }

  /** Everything refused, the rules in their order, then {@link #ALWAYS}. */
  static List<DeviceRule> withDefaults(List<DeviceRule> rules) {
    List<DeviceRule> all = new ArrayList<>();
    all.add(NONE);
    all.addAll(rules);
    all.addAll(ALWAYS);
    return all;
  }

  /**
   * Writes the rules to devices.allow and devices.deny of a new cgroup.
   *
   * @param missing takes a sentence where they are not this process's to write
   */
  static void write(Path dir, List<DeviceRule> rules, List<String> missing) {
    for (DeviceRule rule : withDefaults(rules)) {
      Path file = dir.resolve(rule.allow() ? "devices.allow" : "devices.deny");
      String line = line(rule);
      try {
        KernelFiles.write(file, line);
      } catch (IOException e) {
        if (isUnprivileged()) {
          missing.add("device rules: only root of the host can write " + file);
          return;
        }
        throw CgroupException.refused(file, line, e);
      }
    }
  }

  /**
   * Lets a program decide on devices in a cgroup v2, instead of one that was there.
   *
   * @param missing takes a sentence where nobody can attach one
   */
  static void attach(Path dir, List<DeviceRule> rules, List<String> missing) {
    List<DeviceRule> all = withDefaults(rules);
    try {
      // Nothing to refuse and nothing to replace: no privilege is needed for that.
      if (!DeviceFilter.allowsEverything(all) || BpfCalls.get().devicePrograms(dir) > 0) {
        BpfCalls.get().decideDevices(dir, DeviceFilter.compile(all));
      }
    } catch (DeviceException e) {
      throw CgroupException.invalid(String.valueOf(e.getMessage()));
    } catch (LinuxException e) {
      if (e.error() == Errno.EPERM && isUnprivileged()) {
        missing.add("device rules: only root of the host can attach a BPF program");
        return;
      }
      throw CgroupException.device(dir, e);
    }
  }

  /** Only root of the host decides on devices. */
  private static boolean isUnprivileged() {
    try {
      return !Identity.of(SELF).isHostRoot();
    } catch (IOException e) {
      throw CgroupException.failed("read", SELF, e);
    }
  }

  /** A rule as the kernel reads it: {@code c 1:3 rwm}, {@code b *:* m}, or {@code a} for all. */
  static String line(DeviceRule rule) {
    Device.Type type = Objects.requireNonNullElse(rule.type(), Device.Type.ALL);
    String letter =
        switch (type) {
          case ALL -> "a";
          case BLOCK -> "b";
          case CHAR, UNBUFFERED -> "c";
          case FIFO -> throw CgroupException.invalid("a device rule for a FIFO has no meaning");
        };
    if (letter.equals("a")) {
      if (number(rule.major()).equals("*") && number(rule.minor()).equals("*")) {
        return "a";
      }
      throw CgroupException.invalid(
          "a device rule for every type can't name a major or minor number: " + rule);
    }
    return letter + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.letters();
  }

  private static String number(@Nullable Long number) {
    return number == null || number < 0 ? "*" : number.toString();
  }
}
