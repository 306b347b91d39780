package dev.carafe.runtime.checkpoint;

import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The mounts of a container whose source is outside of it: criu saves where they are, and the
 * restore says what belongs there.
 */
final class ExternalMounts {
  private static final String NULL_DEVICE = "/dev/null";

  private ExternalMounts() {}

  /**
   * Names for a dump: place inside the container to the name under which the restore finds it.
   *
   * @param root the container's root as the host sees it
   */
  static Map<String, String> saved(Spec spec, List<CgroupHierarchy> hierarchies, Path root)
      throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    for (String place : sources(spec, hierarchies).keySet()) {
      String resolved = RootPath.resolve(root, place).toString();
      names.put(resolved, resolved);
    }
    for (String masked : linux(spec).maskedPaths()) {
      Path resolved = RootPath.resolve(root, masked);
      Path host = RootPath.on(root, resolved);
      if (Files.exists(host) && !Files.isDirectory(host)) {
        names.put(resolved.toString(), NULL_DEVICE);
      }
    }
    return names;
  }

  /**
   * Sources for a restore: name of the dump to what is bound there.
   *
   * @param root the container's root as the host sees it
   */
  static Map<String, String> restored(Spec spec, List<CgroupHierarchy> hierarchies, Path root)
      throws IOException {
    Map<String, String> found = new LinkedHashMap<>();
    for (Map.Entry<String, String> source : sources(spec, hierarchies).entrySet()) {
      found.put(RootPath.resolve(root, source.getKey()).toString(), source.getValue());
    }
    if (!linux(spec).maskedPaths().isEmpty()) {
      found.put(NULL_DEVICE, NULL_DEVICE);
    }
    return found;
  }

  /** Places as the configuration has them, to paths of the host. */
  static Map<String, String> sources(Spec spec, List<CgroupHierarchy> hierarchies) {
    Map<String, String> sources = new LinkedHashMap<>();
    for (Mount mount : spec.mounts()) {
      if (isBind(mount) && mount.source() != null) {
        sources.put(mount.destination(), mount.source());
      } else if ("cgroup".equals(mount.type()) && !hasCgroupNamespace(spec)) {
        hierarchies.forEach(hierarchy ->
            sources.put(mount.destination() + "/" + hierarchy.name(), hierarchy.directory()));
      }
    }
    for (Device device : linux(spec).devices()) {
      sources.put(device.path(), device.path());
    }
    return sources;
  }

  static boolean isBind(Mount mount) {
    return "bind".equals(mount.type())
        || mount.options().contains("bind")
        || mount.options().contains("rbind");
  }

  /** The places of mounts that do not lie in another mount, which brings its own. */
  static List<Mount> outermost(Spec spec) {
    List<Mount> outermost = new ArrayList<>();
    for (Mount mount : spec.mounts()) {
      Path place = Path.of("/").resolve(mount.destination()).normalize();
      boolean covered =
          spec.mounts().stream()
              .map(other -> Path.of("/").resolve(other.destination()).normalize())
              .anyMatch(other -> !other.equals(place) && place.startsWith(other));
      if (!covered) {
        outermost.add(mount);
      }
    }
    return outermost;
  }

  private static boolean hasCgroupNamespace(Spec spec) {
    return linux(spec).namespace(Namespace.Type.CGROUP) != null;
  }

  private static Linux linux(Spec spec) {
    return Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
  }
}
