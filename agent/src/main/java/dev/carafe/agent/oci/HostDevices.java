package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Devices of the host that a container gets.
 *
 * @param nodes the nodes to make
 * @param rules what the container may do with devices, in order
 */
record HostDevices(List<Device> nodes, List<DeviceRule> rules) {
  private static final String ALL = "rwm";
  private static final int TYPE = 0xF000;
  private static final int CHARACTER = 0x2000;
  private static final int BLOCK = 0x6000;
  private static final int PERMISSIONS = 07777;

  /** Below /dev, what is no device of the host's, or every container has for itself. */
  private static final Set<String> OWN =
      Set.of(
          "console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr",
          "stdin", "stdout", "tty", "urandom", "zero");

  HostDevices {
    nodes = List.copyOf(nodes);
    rules = List.copyOf(rules);
  }

  /**
   * The devices that are asked for; all of the host for a privileged container.
   *
   * @param dev the host's /dev
   * @throws Failure INVALID for a path that is no device
   */
  static HostDevices of(List<dev.carafe.cri.v1.Device> wanted, boolean privileged, Path dev) {
    Map<String, Device> nodes = new LinkedHashMap<>();
    List<DeviceRule> rules = new ArrayList<>();
    rules.add(new DeviceRule(privileged, Device.Type.ALL, null, null, ALL));
    if (privileged) {
      walk(dev, "/dev", nodes);
    }
    for (int i = 0; i < wanted.size(); i++) {
      Map<String, Device> found = new LinkedHashMap<>();
      String access = expand("devices[" + i + "].", wanted.get(i), found);
      found.values().forEach(d -> rules.add(rule(d, access)));
      nodes.putAll(found);
    }
    return new HostDevices(List.copyOf(nodes.values()), rules);
  }

  private static DeviceRule rule(Device device, String access) {
    return new DeviceRule(true, device.type(), device.major(), device.minor(), access);
  }

  private static String expand(
      String field, dev.carafe.cri.v1.Device wanted, Map<String, Device> nodes) {
    String access = wanted.getPermissions().isEmpty() ? ALL : wanted.getPermissions();
    if (!access.matches("(?!.*(.).*\\1)[rwm]{1,3}")) {
      throw Failure.invalid(
          "%spermissions: \"%s\"; expected letters out of r, w, m".formatted(field, access));
    }
    if (!wanted.getHostPath().startsWith("/")) {
      throw Failure.invalid(
          "%shost_path: \"%s\"; expected an absolute path".formatted(field, wanted.getHostPath()));
    }
    String inside =
        wanted.getContainerPath().isEmpty() ? wanted.getHostPath() : wanted.getContainerPath();
    if (!inside.startsWith("/")) {
      throw Failure.invalid(
          "%scontainer_path: \"%s\"; expected an absolute path".formatted(field, inside));
    }
    try {
      Path path = Path.of(wanted.getHostPath()).toRealPath();
      String target = Path.of(inside).normalize().toString();
      if (Files.isDirectory(path)) {
        walk(path, target, nodes);
      } else {
        Device device = device(path, target);
        if (device == null) {
          throw Failure.invalid(
              "%shost_path: %s is no device; expected a device node or a directory of them"
                  .formatted(field, path));
        }
        nodes.put(target, device);
      }
    } catch (IOException e) {
      throw Failure.invalid(
          "%shost_path: cannot read %s: %s".formatted(field, wanted.getHostPath(), e), e);
    }
    return access;
  }

  /** Collects the nodes of a directory. Links are left out: they would lead to nodes twice. */
  private static void walk(Path directory, String target, Map<String, Device> nodes) {
    Set<Path> entries = new TreeSet<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (IOException e) {
      throw Failure.internal("cannot list devices in %s: %s".formatted(directory, e), e);
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      String inside = target + "/" + name;
      if (name.startsWith(".") || (target.equals("/dev") && OWN.contains(name))) {
        continue;
      }
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        walk(entry, inside, nodes);
        continue;
      }
      Device device = device(entry, inside);
      if (device != null) {
        nodes.put(inside, device);
      }
    }
  }

  /** The node at a path; null when it is something else, or has just gone. */
  private static @Nullable Device device(Path path, String inside) {
    Map<String, Object> stat;
    try {
      stat = Files.readAttributes(path, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    } catch (IOException gone) {
      return null;
    }
    if (!(stat.get("mode") instanceof Integer mode)
        || !(stat.get("rdev") instanceof Long number)
        || !(stat.get("uid") instanceof Integer uid)
        || !(stat.get("gid") instanceof Integer gid)) {
      throw new IllegalStateException("the JDK's unix view of files is not the one known");
    }
    int type = mode & TYPE;
    if (type != CHARACTER && type != BLOCK) {
      return null;
    }
    return new Device(
        inside,
        type == BLOCK ? Device.Type.BLOCK : Device.Type.CHAR,
        major(number),
        minor(number),
        mode & PERMISSIONS,
        Integer.toUnsignedLong(uid),
        Integer.toUnsignedLong(gid));
  }

  /** gnu_dev_major(3). */
  private static long major(long device) {
    return ((device >>> 8) & 0xfffL) | ((device >>> 32) & 0xfffff000L);
  }

  /** gnu_dev_minor(3). */
  private static long minor(long device) {
    return (device & 0xffL) | ((device >>> 12) & 0xffffff00L);
  }
}
