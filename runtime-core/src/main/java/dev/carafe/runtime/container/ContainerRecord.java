package dev.carafe.runtime.container;

import dev.carafe.runtime.spec.Spec;
import java.time.Instant;
import java.util.Objects;

/**
 * What is on disk about a container. Immutable.
 *
 * @param id its id
 * @param pid host pid of its init; 0 before there is one
 * @param startTime when that process started, clock ticks after boot
 * @param created when it was created
 * @param bundle absolute path of its bundle
 * @param rootfs absolute path of its root directory
 * @param cgroup path below the cgroup mounts
 * @param cgroupOwned whether delete removes that cgroup: it was not there before
 * @param spec the configuration that it was made from
 */
public record ContainerRecord(
    String id,
    int pid,
    long startTime,
    Instant created,
    String bundle,
    String rootfs,
    String cgroup,
    boolean cgroupOwned,
    Spec spec) {
  public ContainerRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(created, "created");
    Objects.requireNonNull(bundle, "bundle");
    Objects.requireNonNull(rootfs, "rootfs");
    Objects.requireNonNull(cgroup, "cgroup");
    Objects.requireNonNull(spec, "spec");
  }

  /** The same container with its init. */
  public ContainerRecord started(int initPid, long initStartTime) {
    return new ContainerRecord(
        id, initPid, initStartTime, created, bundle, rootfs, cgroup, cgroupOwned, spec);
  }
}
