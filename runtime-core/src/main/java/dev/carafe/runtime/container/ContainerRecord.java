package dev.carafe.runtime.container;

import dev.carafe.runtime.cgroup.SystemdBus;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is on disk about a container. Immutable.
 *
 * @param id its id
 * @param pid host pid of its init; 0 before there is one
 * @param startTime when that process started, clock ticks after boot
 * @param created when it was created
 * @param bundle absolute path of its bundle
 * @param rootfs absolute path of its root directory
 * @param cgroup path below the cgroup mounts; "" when it has none of its own
 * @param cgroupOwned whether delete removes that cgroup: it was not there before
 * @param bus of the systemd that keeps that cgroup; null where nobody does
 * @param ownPids whether it has a pid namespace of its own, so that nothing outlives its init
 * @param annotations of its configuration
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
    @Nullable SystemdBus bus,
    boolean ownPids,
    Map<String, String> annotations) {
  public ContainerRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(created, "created");
    Objects.requireNonNull(bundle, "bundle");
    Objects.requireNonNull(rootfs, "rootfs");
    Objects.requireNonNull(cgroup, "cgroup");
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /** The same container with its init. */
  public ContainerRecord started(int initPid, long initStartTime) {
    return new ContainerRecord(
        id,
        initPid,
        initStartTime,
        created,
        bundle,
        rootfs,
        cgroup,
        cgroupOwned,
        bus,
        ownPids,
        annotations);
  }
}
