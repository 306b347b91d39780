package dev.carafe.runtime.device;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.util.List;

/**
 * Devices for a container: nodes to make, and cgroup rules that let it use them.
 *
 * @param devices nodes, with the host's mode, owner and group
 * @param rules one allow rule a node
 */
public record DeviceGrant(List<Device> devices, List<DeviceRule> rules) {
  public DeviceGrant {
    devices = List.copyOf(devices);
    rules = List.copyOf(rules);
  }
}
