package dev.carafe.agent.cdi;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.device.DeviceException;
import dev.carafe.runtime.device.HostDevices;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the edits of a CDI file into OCI terms. */
final class EditsReader {
  private static final Map<String, Device.Type> TYPES =
      Map.of(
          "b", Device.Type.BLOCK,
          "c", Device.Type.CHAR,
          "u", Device.Type.UNBUFFERED,
          "p", Device.Type.FIFO);

  private EditsReader() {}

  /**
   * The edits of a device or of a whole file.
   *
   * @param where for messages: the device and the file that describes it
   * @throws Failure UNIMPLEMENTED for what is not done for CRI's containers, INVALID for what the
   *     host does not have
   */
  static CdiEdits read(String where, CdiSpec.@Nullable Edits edits) {
    if (edits == null) {
      return CdiEdits.NONE;
    }
    refuse(where, edits);
    List<Device> devices = new ArrayList<>();
    List<DeviceRule> rules = new ArrayList<>();
    for (CdiSpec.Node node : edits.deviceNodes()) {
      Device device = device(where, node);
      devices.add(device);
      if (device.type() != Device.Type.FIFO) {
        String access = node.permissions() == null ? "rwm" : node.permissions();
        rules.add(new DeviceRule(true, ruled(device), device.major(), device.minor(), access));
      }
    }
    return new CdiEdits(
        env(where, edits.env()),
        devices,
        rules,
        edits.mounts().stream().map(mount -> mount(where, mount)).toList(),
        edits.additionalGids().stream().filter(gid -> gid != 0).toList());
  }

  private static void refuse(String where, CdiSpec.Edits edits) {
    String what =
        !edits.hooks().isEmpty()
            ? "hooks (" + edits.hooks().getFirst().path("path").asText() + ")"
            : !edits.netDevices().isEmpty()
                ? "netDevices"
                : edits.intelRdt() != null ? "intelRdt" : null;
    if (what != null) {
      throw Failure.unimplemented(
          where + " asks for " + what + ", which containers of the CRI don't get here");
    }
  }

  private static List<String> env(String where, List<String> env) {
    for (String variable : env) {
      if (variable.indexOf('=') < 1 || variable.indexOf('\0') >= 0) {
        throw Failure.invalid(
            "%s: env: \"%s\"; expected NAME=VALUE".formatted(where, variable.replace('\0', '?')));
      }
    }
    return env;
  }

  private static Device device(String where, CdiSpec.Node node) {
    if (!node.path().startsWith("/")) {
      throw Failure.invalid(
          "%s: deviceNodes: path \"%s\"; expected an absolute path".formatted(where, node.path()));
    }
    Device host = node.type() == null || node.major() == null ? host(where, node) : null;
    Device.Type type = node.type() == null ? null : TYPES.get(node.type());
    if (node.type() != null && type == null) {
      throw Failure.invalid(
          "%s: deviceNodes: type \"%s\" of %s; expected b, c, u or p"
              .formatted(where, node.type(), node.path()));
    }
    return new Device(
        Path.of(node.path()).normalize().toString(),
        type != null ? type : host == null ? Device.Type.CHAR : host.type(),
        number(node.major(), host == null ? 0 : host.major()),
        number(node.minor(), host == null ? 0 : host.minor()),
        node.fileMode() != null || host == null ? node.fileMode() : host.fileMode(),
        node.uid(),
        node.gid());
  }

  /** What the host has; a FIFO has no numbers to look up. */
  private static @Nullable Device host(String where, CdiSpec.Node node) {
    if ("p".equals(node.type())) {
      return null;
    }
    String path = node.hostPath() == null ? node.path() : node.hostPath();
    try {
      List<Device> found = HostDevices.expand(Path.of(path), node.path(), "").devices();
      if (found.size() == 1) {
        return found.getFirst();
      }
      throw Failure.invalid(where + ": deviceNodes: " + path + " is not one device");
    } catch (DeviceException missing) {
      throw Failure.invalid(where + ": deviceNodes: " + missing.getMessage(), missing);
    }
  }

  private static long number(@Nullable Long given, long host) {
    return given == null ? host : given;
  }

  private static Device.Type ruled(Device device) {
    return device.type() == Device.Type.UNBUFFERED ? Device.Type.CHAR : device.type();
  }

  private static Mount mount(String where, CdiSpec.Bind mount) {
    if (!mount.containerPath().startsWith("/") || mount.hostPath().isEmpty()) {
      throw Failure.invalid(
          "%s: mounts: \"%s\" on \"%s\"; expected a hostPath and an absolute containerPath"
              .formatted(where, mount.hostPath(), mount.containerPath()));
    }
    String type = mount.type() == null || mount.type().equals("none") ? "bind" : mount.type();
    List<String> options = new ArrayList<>(mount.options());
    if (type.equals("bind") && !options.contains("bind") && !options.contains("rbind")) {
      options.add("rbind");
    }
    String destination = Path.of(mount.containerPath()).normalize().toString();
    return new Mount(destination, type, mount.hostPath(), options);
  }
}
