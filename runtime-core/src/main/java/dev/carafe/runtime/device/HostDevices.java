package dev.carafe.runtime.device;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Turns a path of the host, a device node or a directory of them, into what a container needs. */
public final class HostDevices {
  /** Directories of /dev that every container has its own of, or that hold no devices. */
  private static final Set<String> SKIPPED =
      Set.of("pts", "shm", "fd", "mqueue", "hugepages", ".lxc", ".lxd-mounts", ".udev");

  private static final int TYPE_MASK = 0170000;
  private static final int CHAR = 0020000;
  private static final int BLOCK = 0060000;

  private HostDevices() {}

  /**
   * Expands one device of a CRI container configuration.
   *
   * @param hostPath a node, a directory, or a link to one; links inside a directory are left out
   * @param containerPath where the node, or the directory's tree, appears; absolute
   * @param access letters of r, w, m; empty is all three
   * @throws DeviceException when the path is neither, is missing, or the letters are wrong
   */
  public static DeviceGrant expand(Path hostPath, String containerPath, String access) {
    boolean letters = access.matches("[rwm]*");
    if (!letters || access.chars().distinct().count() != access.length()) {
      throw new DeviceException(
          "device " + hostPath + ": permissions '" + access + "' are not letters of r, w and m");
    }
    if (!containerPath.startsWith("/")) {
      throw new DeviceException(
          "device " + hostPath + ": the container path '" + containerPath + "' is not absolute");
    }
    List<Device> devices = new ArrayList<>();
    try {
      Path real = hostPath.toRealPath();
      if (Files.isDirectory(real)) {
        collect(real, Path.of(containerPath), devices);
      } else {
        devices.add(node(real, Path.of(containerPath)));
      }
    } catch (NoSuchFileException e) {
      throw new DeviceException("device " + hostPath + ": no such file on the host", e);
    } catch (IOException e) {
      throw new DeviceException("device " + hostPath + ": " + e.getMessage(), e);
    }
    String given = access.isEmpty() ? "rwm" : access;
    return new DeviceGrant(devices, devices.stream().map(one -> rule(one, given)).toList());
  }

  private static DeviceRule rule(Device device, String access) {
    return new DeviceRule(true, device.type(), device.major(), device.minor(), access);
  }

  private static void collect(Path dir, Path target, List<Device> devices) throws IOException {
    List<Path> entries;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(dir)) {
      entries = StreamSupport.stream(stream.spliterator(), false).sorted().toList();
    }
    for (Path entry : entries) {
      String name = String.valueOf(entry.getFileName());
      if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
        if (!SKIPPED.contains(name)) {
          collect(entry, target.resolve(name), devices);
        }
      } else if (isNode(entry)) {
        devices.add(node(entry, target.resolve(name)));
      }
    }
  }

  /** A node may vanish between listing and asking; then it is none. */
  private static boolean isNode(Path path) throws IOException {
    try {
      return Stat.of(path).isNode();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Device node(Path path, Path target) throws IOException {
    Stat stat = Stat.of(path);
    if (!stat.isNode()) {
      throw new DeviceException("device " + path + " is neither a device node nor a directory");
    }
    return new Device(
        target.toString(),
        stat.type() == CHAR ? Device.Type.CHAR : Device.Type.BLOCK,
        major(stat.rdev()),
        minor(stat.rdev()),
        stat.mode() & 0777,
        stat.uid(),
        stat.gid());
  }

  /** What stat(2) says of a path, links not followed. */
  private record Stat(int mode, long rdev, long uid, long gid) {
    static Stat of(Path path) throws IOException {
      Map<String, Object> all =
          Files.readAttributes(path, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
      return new Stat(
          (int) number(all, "mode"), number(all, "rdev"), number(all, "uid"), number(all, "gid"));
    }

    private static long number(Map<String, Object> all, String name) {
      return ((Number) Objects.requireNonNull(all.get(name), name)).longValue();
    }

    int type() {
      return mode & TYPE_MASK;
    }

    boolean isNode() {
      return type() == CHAR || type() == BLOCK;
    }
  }

  /**
   * The C library's dev_t: 12 low bits of the major number from bit 8 on, the rest from bit 32 on.
   */
  static long major(long rdev) {
    return ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & 0xfffff000L);
  }

  /** The C library's dev_t: 8 low bits of the minor number, the rest from bit 20 on. */
  static long minor(long rdev) {
    return (rdev & 0xff) | ((rdev >>> 12) & 0xffffff00L);
  }
}
