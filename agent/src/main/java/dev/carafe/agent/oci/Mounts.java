package dev.carafe.agent.oci;

import dev.carafe.runtime.spec.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The mounts of a container: what every container has, and the client's volumes, which win. Sorted
 * by depth, so that no mount hides one that is to lie below it; no two have the same destination.
 */
final class Mounts {
  private static final List<String> TREES = List.of("/dev", "/proc", "/sys");

  private Mounts() {}

  /**
   * All mounts of a container.
   *
   * @param volumes the client's; of two with one destination the later wins, as it would hide the
   *     earlier
   */
  static List<Mount> of(PodContext pod, ContainerFlags flags, List<Mount> volumes) {
    Map<String, Mount> byDestination = new LinkedHashMap<>();
    for (Mount volume : volumes) {
      byDestination.remove(volume.destination());
      byDestination.put(volume.destination(), volume);
    }
    List<Mount> mounts = new ArrayList<>();
    for (Mount usual : usual(pod, flags)) {
      boolean replaced =
          byDestination.containsKey(usual.destination())
              || TREES.stream()
                  .anyMatch(tree ->
                      byDestination.containsKey(tree)
                          && usual.destination().startsWith(tree + "/"));
      if (!replaced) {
        mounts.add(usual);
      }
    }
    mounts.addAll(byDestination.values());
    return byDepth(mounts);
  }

  /** In an order in which none hides one that is to lie below it. */
  static List<Mount> byDepth(List<Mount> mounts) {
    return mounts.stream()
        .sorted(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()))
        .toList();
  }

  /**
   * What decides on a container's usual mounts.
   *
   * @param privileged whether /sys and the cgroups are writable
   * @param readonlyRoot whether the pod's files are read-only, like the root that they are in
   */
  record ContainerFlags(boolean privileged, boolean readonlyRoot) {}

  private static List<Mount> usual(PodContext pod, ContainerFlags flags) {
    String access = flags.privileged() ? "rw" : "ro";
    return List.of(
        new Mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
        new Mount(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
        sys(pod, access),
        new Mount(
            "/dev/pts",
            "devpts",
            "devpts",
            List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
        new Mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")),
        bind("/dev/shm", pod.hostIpc() ? Path.of("/dev/shm") : pod.shm(), false),
        bind("/etc/hostname", pod.hostname(), flags.readonlyRoot()),
        bind("/etc/resolv.conf", pod.resolvConf(), flags.readonlyRoot()),
        new Mount(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            List.of("nosuid", "noexec", "nodev", "relatime", access)));
  }

  /** sysfs shows a network namespace, and only that namespace's owner may mount it. */
  private static Mount sys(PodContext pod, String access) {
    if (pod.userns() == null || pod.netns() != null) {
      return new Mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", access));
    }
    List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
    if (access.equals("ro")) {
      options.add("rro");
    }
    return new Mount("/sys", "bind", "/sys", options);
  }

  private static Mount bind(String destination, Path source, boolean readonly) {
    List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
    if (readonly) {
      options.add("ro");
    }
    return new Mount(destination, "bind", source.toString(), options);
  }
}
