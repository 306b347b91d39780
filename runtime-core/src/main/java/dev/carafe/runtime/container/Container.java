package dev.carafe.runtime.container;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.cgroup.SystemdBus;
import dev.carafe.runtime.cgroup.SystemdCgroupDriver;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;

/**
 * A container that has a record.
 *
 * @param store where its record is
 * @param record as it was read
 */
public record Container(ContainerStore store, ContainerRecord record) {
  private static final int TRIES = 100;
  private static final int PAUSE_MS = 100;

  public Container {
    Objects.requireNonNull(store, "store");
    Objects.requireNonNull(record, "record");
  }

  /** Sends a signal to one process, by pid and start time. */
  @FunctionalInterface
  public interface Killer {
    /** Returns 0 or an error number: ESRCH (3) when that process is gone. */
    int kill(int pid, long startTime, int signal) throws IOException;
  }

  /** The configuration that it was made from. */
  public Spec spec() throws ContainerException, IOException {
    return store.spec(record.id());
  }

  /** Its cgroup. */
  public Cgroup cgroup() {
    return driver().open(record.cgroup(), record.cgroupOwned());
  }

  /** Who made its cgroup. */
  public CgroupDriver driver() {
    SystemdBus bus = record.bus();
    if (record.cgroup().isEmpty()) {
      return FsCgroupDriver.NONE;
    }
    return bus == null
        ? new FsCgroupDriver(store.layout())
        : new SystemdCgroupDriver(store.layout(), bus);
  }

  /** What is true of it now. */
  public Status status() throws ContainerException {
    return Status.of(cgroup().frozen(), alive(), Files.exists(store.fifo(record.id())));
  }

  private boolean alive() {
    ProcessStat stat = ProcessStat.of(record.pid());
    return stat != null && stat.alive() && stat.startTime() == record.startTime();
  }

  /**
   * Kills init and waits up to 10 s for its end.
   *
   * @throws ContainerException when it is still there then
   */
  public void killInit(Killer killer) throws ContainerException, IOException {
    if (!alive()) {
      return;
    }
    int signal = 9;
    killer.kill(record.pid(), record.startTime(), signal);
    cgroup().thaw();
    for (int tries = 0; alive(); tries++) {
      if (tries == TRIES) {
        throw new ContainerException("container init still running");
      }
      pause(tries);
    }
  }

  private static void pause(int tries) throws IOException {
    try {
      Thread.sleep(tries == 0 ? 1 : Math.min(PAUSE_MS, tries * 2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** What is in its cgroup; without one in its pid namespace, if that is its own. */
  public List<Integer> processes() throws IOException {
    if (!record.cgroup().isEmpty()) {
      return cgroup().procs();
    }
    if (record.ownPids()) {
      return PidNamespace.members(record.pid());
    }
    return alive() ? List.of(record.pid()) : List.of();
  }

  /**
   * Kills what its init left in its cgroup, and waits up to 10 s for their end. A cgroup that was
   * there before was joined only when it was empty; what is in it now is the container's if that
   * has no pid namespace to hold it together, else somebody else's.
   */
  public void killAll() throws ContainerException, IOException {
    Cgroup cgroup = cgroup();
    if (!cgroup.owned() && record.ownPids()) {
      return;
    }
    List<Integer> left = cgroup.procs();
    for (int tries = 0; !left.isEmpty(); left = cgroup.procs(), tries++) {
      if (tries == TRIES) {
        throw new ContainerException("processes " + left + " of the container do not end");
      }
      cgroup.kill();
      cgroup.thaw();
      pause(tries);
    }
  }

  /**
   * Removes everything that is left of it: processes in its cgroup, the cgroup, its record. May be
   * repeated after a failure.
   */
  public void destroy() throws ContainerException, IOException {
    killAll();
    cgroup().remove();
    store.remove(record.id());
  }
}
