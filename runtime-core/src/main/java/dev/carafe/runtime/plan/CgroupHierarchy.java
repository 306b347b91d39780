package dev.carafe.runtime.plan;

import java.util.List;
import java.util.Objects;

/**
 * A cgroup v1 hierarchy as a container shall see it under its /sys/fs/cgroup.
 *
 * @param name its directory: "memory", "cpu,cpuacct", "systemd"
 * @param options its mount options: controllers, or "none" and "name=systemd"
 * @param directory the container's cgroup directory in it, on the host: what is shown when the
 *     container has no cgroup namespace
 */
public record CgroupHierarchy(String name, List<String> options, String directory) {
  public CgroupHierarchy {
    Objects.requireNonNull(name, "name");
    options = List.copyOf(options);
    Objects.requireNonNull(directory, "directory");
  }
}
