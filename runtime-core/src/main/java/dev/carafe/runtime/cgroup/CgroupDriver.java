package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.spec.LinuxResources;
import org.jspecify.annotations.Nullable;

/**
 * Makes and opens cgroups. Immutable; different cgroups may be worked on at the same time, one
 * cgroup by one thread at a time.
 */
public sealed interface CgroupDriver permits FsCgroupDriver, SystemdCgroupDriver {
  /** The hierarchies that it works on. */
  CgroupLayout layout();

  /**
   * Makes a cgroup with its limits.
   *
   * @param path absolute below the mounts
   * @param resources limits and device rules; a device that no rule allows is refused
   * @param holders starts the process that a cgroup of systemd's needs until the container's own is
   *     in; not asked by a driver that needs none
   * @throws CgroupException when it exists with processes (BUSY), or a limit is invalid or refused;
   *     what was made is removed then
   */
  Made create(String path, LinuxResources resources, Holder.Source holders);

  /** Whether {@link #create} asks for a holder for this path. */
  boolean needsHolder(String path);

  /**
   * A handle on a cgroup that was made earlier, perhaps by a process that is gone. Nothing is read
   * or checked.
   *
   * @param owned what {@link Cgroup#owned} said when it was made: whether remove may remove it
   */
  Cgroup open(String path, boolean owned);

  /**
   * The path of a container, or of another process of the runtime's, in a pod's cgroup.
   *
   * @param parent the pod's, as of {@link #parent}
   * @param name unique in the machine: letters, digits, dashes
   */
  String child(String parent, String name);

  /**
   * The path of a pod's cgroup that a client made and names.
   *
   * @param given as the client names it
   * @throws CgroupException when this driver can't have such a parent
   */
  String parent(String given);

  /**
   * The path of a pod's cgroup of the runtime's own.
   *
   * @param parent the configured default, absolute
   * @param podId the pod's
   */
  String ownParent(String parent, String podId);

  /** A process that a cgroup lives by until the container's own is in. */
  interface Holder extends AutoCloseable {
    /** Starts one. */
    @FunctionalInterface
    interface Source {
      /**
       * Starts a process that does nothing until it is closed, and ends when this process does.
       *
       * @throws java.io.IOException when it can't be started
       */
      Holder start() throws java.io.IOException;
    }

    /** Its process id. */
    int pid();

    @Override
    void close();
  }

  /**
   * A new cgroup. Closed when the container's own process is in, or none is to come.
   *
   * @param cgroup with its limits in force
   * @param holder what keeps it, or null
   */
  record Made(Cgroup cgroup, @Nullable Holder holder) implements AutoCloseable {
    public Made {
      java.util.Objects.requireNonNull(cgroup, "cgroup");
    }

    @Override
    public void close() {
      if (holder != null) {
        holder.close();
      }
    }
  }
}
