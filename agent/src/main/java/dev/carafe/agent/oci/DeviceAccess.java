package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.device.DeviceException;
import dev.carafe.runtime.device.DeviceGrant;
import dev.carafe.runtime.device.HostDevices;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Devices of the host that a container gets.
 *
 * @param nodes the nodes to make
 * @param rules what the container may do with devices, in order
 */
record DeviceAccess(List<Device> nodes, List<DeviceRule> rules) {
  private static final String ALL = "rwm";

  /** What every container has for itself. */
  private static final Set<String> OWN =
      Set.of(
          "/dev/console",
          "/dev/full",
          "/dev/null",
          "/dev/ptmx",
          "/dev/random",
          "/dev/tty",
          "/dev/urandom",
          "/dev/zero");

  DeviceAccess {
    nodes = List.copyOf(nodes);
    rules = List.copyOf(rules);
  }

  /**
   * The devices that are asked for; all of the host for a privileged container.
   *
   * @param dev the host's /dev
   * @throws Failure INVALID for a path that is no device
   */
  static DeviceAccess of(List<dev.carafe.cri.v1.Device> wanted, boolean privileged, Path dev) {
    Map<String, Device> nodes = new LinkedHashMap<>();
    List<DeviceRule> rules = new ArrayList<>();
    rules.add(new DeviceRule(privileged, Device.Type.ALL, null, null, ALL));
    if (privileged) {
      expand("privileged", dev, "/dev", ALL).devices().stream()
          .filter(device -> !OWN.contains(device.path()))
          .forEach(device -> nodes.put(device.path(), device));
    }
    for (int i = 0; i < wanted.size(); i++) {
      DeviceGrant grant = expand("devices[" + i + "]", wanted.get(i));
      grant.devices().forEach(device -> nodes.put(device.path(), device));
      rules.addAll(grant.rules());
    }
    return new DeviceAccess(List.copyOf(nodes.values()), rules);
  }

  private static DeviceGrant expand(String field, dev.carafe.cri.v1.Device wanted) {
    String host = wanted.getHostPath();
    if (!host.startsWith("/") || host.indexOf('\0') >= 0) {
      throw Failure.invalid(
          "%s.host_path: \"%s\"; expected an absolute path"
              .formatted(field, host.replace('\0', '?')));
    }
    String inside = wanted.getContainerPath().isEmpty() ? host : wanted.getContainerPath();
    if (!inside.startsWith("/") || inside.indexOf('\0') >= 0) {
      throw Failure.invalid(
          "%s.container_path: \"%s\"; expected an absolute path"
              .formatted(field, inside.replace('\0', '?')));
    }
    return expand(
        field, Path.of(host), Path.of(inside).normalize().toString(), wanted.getPermissions());
  }

  private static DeviceGrant expand(String field, Path host, String inside, String access) {
    try {
      return HostDevices.expand(host, inside, access);
    } catch (DeviceException e) {
      throw Failure.invalid(field + ": " + e.getMessage(), e);
    }
  }
}
