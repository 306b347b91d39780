package dev.carafe.agent.cdi;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.Mount;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container gets for its CDI devices, in OCI terms. A later entry wins over an earlier one.
 *
 * @param env NAME=VALUE
 * @param devices nodes to make; one without an owner is the container's user's
 * @param rules what the container may do with them
 * @param mounts beside the container's own
 * @param groups additional groups of the first process
 */
public record CdiEdits(
    List<String> env,
    List<Device> devices,
    List<DeviceRule> rules,
    List<Mount> mounts,
    List<Long> groups) {
  /** Nothing. */
  public static final CdiEdits NONE =
      new CdiEdits(List.of(), List.of(), List.of(), List.of(), List.of());

  /** Copies the lists. */
  public CdiEdits {
    env = List.copyOf(env);
    devices = List.copyOf(devices);
    rules = List.copyOf(rules);
    mounts = List.copyOf(mounts);
    groups = List.copyOf(groups);
  }

  /** These, then others. */
  CdiEdits then(CdiEdits others) {
    return new CdiEdits(
        joined(env, others.env),
        joined(devices, others.devices),
        joined(rules, others.rules),
        joined(mounts, others.mounts),
        joined(groups, others.groups));
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
