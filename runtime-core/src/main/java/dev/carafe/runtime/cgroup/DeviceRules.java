package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.KernelFiles;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Device access by the devices controller of cgroup v1 (kernel: cgroup-v1/devices.rst). */
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

  private DeviceRules() {}

  private static DeviceRule allow(
      Device.Type type, @Nullable Long major, @Nullable Long minor, String access) {
    return new DeviceRule(true, type, major, minor, access);
  }

  /** The rules in their order, then {@link #ALWAYS}. */
  static List<DeviceRule> withDefaults(List<DeviceRule> rules) {
    List<DeviceRule> all = new ArrayList<>(rules);
    all.addAll(ALWAYS);
    return all;
  }

  /** Writes the rules to devices.allow and devices.deny of a new cgroup. */
  static void write(Path dir, List<DeviceRule> rules) {
    for (DeviceRule rule : withDefaults(rules)) {
      Path file = dir.resolve(rule.allow() ? "devices.allow" : "devices.deny");
      String line = line(rule);
      try {
        KernelFiles.write(file, line);
      } catch (IOException e) {
        throw CgroupException.refused(file, line, e);
      }
    }
  }

  /** A rule as the kernel reads it: {@code c 1:3 rwm}, {@code b *:* m}, or {@code a} for all. */
  static String line(DeviceRule rule) {
    String access = Objects.requireNonNullElse(rule.access(), "rwm");
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
    return letter + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + access;
  }

  private static String number(@Nullable Long number) {
    return number == null || number < 0 ? "*" : number.toString();
  }
}
