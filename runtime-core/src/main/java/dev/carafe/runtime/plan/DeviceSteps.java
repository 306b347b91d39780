package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.SpecException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Device nodes and links of /dev. Where no node can be made (in a user namespace), the host's node
 * of the same path is bound, once it is known to be the device that was asked for.
 */
final class DeviceSteps {
  private static final int DEFAULT_MODE = 0666;

  private static final List<Device> DEFAULTS =
      List.of(
          character("/dev/null", 1, 3),
          character("/dev/zero", 1, 5),
          character("/dev/full", 1, 7),
          character("/dev/random", 1, 8),
          character("/dev/urandom", 1, 9),
          character("/dev/tty", 5, 0));

  private static final Map<String, String> LINKS = links();

  private final PlanBuilder plan;
  private final List<Device> devices;
  private final boolean bound;
  private final Map<Device, Integer> sources = new LinkedHashMap<>();

  /**
   * Steps for these devices and the default ones.
   *
   * @param bound whether nodes are bound instead of made
   */
  DeviceSteps(PlanBuilder plan, List<Device> configured, boolean bound) {
    this.plan = plan;
    this.bound = bound;
    this.devices = withDefaults(configured);
  }

  private static Device character(String path, long major, long minor) {
    return new Device(path, Device.Type.CHAR, major, minor, null, null, null);
  }

  private static Map<String, String> links() {
    Map<String, String> links = new LinkedHashMap<>();
    links.put("/dev/fd", "/proc/self/fd");
    links.put("/dev/stdin", "/proc/self/fd/0");
    links.put("/dev/stdout", "/proc/self/fd/1");
    links.put("/dev/stderr", "/proc/self/fd/2");
    links.put("/dev/core", "/proc/kcore");
    links.put("/dev/ptmx", "pts/ptmx");
    return links;
  }

  /**
   * A configured device wins over the default one of its path; ptmx is always the link into the
   * container's own devpts.
   */
  private static List<Device> withDefaults(List<Device> configured) {
    Map<String, Device> byPath = new LinkedHashMap<>();
    DEFAULTS.forEach(device -> byPath.put(device.path(), device));
    for (Device device : configured) {
      byPath.put(Paths.normalize(device.path()), device);
    }
    byPath.remove("/dev/ptmx");
    return List.copyOf(byPath.values());
  }

  void openSources() throws SpecException {
    if (!bound) {
      return;
    }
    for (Device device : devices) {
      int slot = plan.slot();
      plan.add(new Op.OpenTree(slot, device.path(), OpFlags.TREE_CLONE));
      plan.add(new Op.IsDevice(slot, type(device), major(device), minor(device)));
      plan.add(new Op.Setattr(slot, 0, 0, MountAttr.MS_PRIVATE, Op.NONE, false));
      sources.put(device, slot);
    }
  }

  /** Makes the nodes, then the links; in an image's own /dev a link's name may be taken. */
  void make(int root, boolean fresh) {
    for (Device device : devices) {
      Integer source = sources.get(device);
      if (source == null) {
        plan.add(node(root, device));
      } else {
        String target = Paths.normalize(device.path());
        plan.add(new Op.Attach(source, root, target, OpFlags.CREATE_FILE, 0644, 0));
        plan.close(source);
      }
    }
    LINKS.forEach((path, target) -> plan.addMayFail(new Op.Symlink(root, path, target), !fresh));
  }

  private static Op node(int root, Device device) {
    return new Op.Mknod(
        root,
        Paths.normalize(device.path()),
        type(device),
        major(device),
        minor(device),
        device.fileMode() == null ? DEFAULT_MODE : device.fileMode() & 07777,
        device.uid() == null ? 0 : device.uid(),
        device.gid() == null ? 0 : device.gid());
  }

  private static char type(Device device) {
    return switch (device.type()) {
      case BLOCK -> 'b';
      case FIFO -> 'p';
      case CHAR, UNBUFFERED, ALL -> 'c';
    };
  }

  private static long major(Device device) {
    return device.type() == Device.Type.FIFO ? 0 : device.major();
  }

  private static long minor(Device device) {
    return device.type() == Device.Type.FIFO ? 0 : device.minor();
  }
}
