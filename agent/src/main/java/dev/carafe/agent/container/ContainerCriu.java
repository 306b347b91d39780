package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.checkpoint.ContainerDump;
import dev.carafe.runtime.checkpoint.ContainerRestore;
import dev.carafe.runtime.checkpoint.CriuException;
import dev.carafe.runtime.checkpoint.CriuFlag;
import dev.carafe.runtime.checkpoint.CriuOptions;
import dev.carafe.runtime.checkpoint.CriuProcess;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.checkpoint.MountPoints;
import dev.carafe.runtime.container.ProcessStat;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.shim.CriuStream;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.shim.ShimClient;
import dev.carafe.runtime.shim.ShimProcess;
import dev.carafe.runtime.shim.Started;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * CRIU at work on the agent's containers, as a child of their pod's shim. Thread-safe; callers hold
 * the pod's lock.
 */
public final class ContainerCriu {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final List<String> ENVIRONMENT = List.of("PATH=" + PATH);
  private static final String ID_PREFIX = "criu-";
  private static final long END_MS = 10_000;
  private static final long LOOK_MS = 2;
  private static final long LIST_MS = 50;

  private final CriuProgram program;
  private final Bundles bundles;
  private final ContainerResources resources;
  private final Launches launches;

  /** CRIU by this program. */
  public ContainerCriu(
      CriuProgram program, Bundles bundles, ContainerResources resources, Launches launches) {
    this.program = requireNonNull(program, "program is null");
    this.bundles = requireNonNull(bundles, "bundles is null");
    this.resources = requireNonNull(resources, "resources is null");
    this.launches = requireNonNull(launches, "launches is null");
  }

  /**
   * Asks CRIU whether it can work on this kernel.
   *
   * @throws Failure of kind WRONG_STATE with its reason when it can't, or is not there
   */
  public void require() throws InterruptedException {
    String complaint = program.complaint(PATH);
    if (!complaint.isEmpty()) {
      throw Failure.wrongState(
          "checkpoints need CRIU, and \"%s check\" fails on this node: %s"
              .formatted(program.name(), complaint));
    }
  }

  /** The configuration that a container runs by. */
  public Spec spec(Container container) throws IOException {
    return bundles.load(container.paths()).spec();
  }

  /** The cgroup of a container. */
  public Cgroup cgroup(Container container) {
    return resources.cgroup(container.state().record());
  }

  /**
   * Saves a running container's processes, which are as they were when this returns: a cgroup that
   * was frozen is frozen. Interrupting it makes criu give up.
   *
   * @param images an empty directory, which gets criu's images and log
   */
  public void dump(Pod pod, Container container, Path images) throws Exception {
    ContainerState state = container.state();
    ContainerDump dump =
        new ContainerDump(
            state.pid(),
            spec(container),
            launches.hierarchies(state.record().cgroupPath()),
            cgroup(container).freezer(),
            images,
            images,
            CriuOptions.of(
                EnumSet.of(CriuFlag.LEAVE_RUNNING, CriuFlag.FILE_LOCKS, CriuFlag.TCP_ESTABLISHED)));
    CriuProcess.Starter starter = starter(pod.requireShim());
    int version = CriuProgram.version(starter);
    CriuProcess criu = starter.start(dump.files());
    try (criu) {
      dump.execute(criu, version, false, (script, pid) -> {});
    } finally {
      awaitEnd(criu.pid());
    }
  }

  private CriuProcess.Starter starter(ShimClient shim) throws CriuException {
    List<String> command = program.command(PATH);
    return files -> {
      String id = ID_PREFIX + UUID.randomUUID();
      return shim.criu(
          LaunchRequest.plain(id, ProcessKind.PREPARE, new byte[0]), command, ENVIRONMENT, files);
    };
  }

  /** Waits until no criu of a pod that saves is left, at most 10 s. */
  static void awaitLast(ShimClient shim) throws IOException {
    long looks = END_MS / LIST_MS;
    for (long look = 0; look < looks; look++) {
      List<ShimProcess> processes = Interrupts.call(shim::list);
      if (processes.stream().noneMatch(process -> process.id().startsWith(ID_PREFIX))) {
        return;
      }
      LockSupport.parkNanos(LIST_MS * 1_000_000);
    }
  }

  /** A criu that was told to give up still has processes to let go, and the freezer to set back. */
  private static void awaitEnd(int pid) {
    long looks = END_MS / LOOK_MS;
    for (long look = 0; look < looks; look++) {
      ProcessStat stat = ProcessStat.of(pid);
      if (stat == null || !stat.alive()) {
        return;
      }
      // Not cut short by an interrupt: the caller is to be told, not the processes left behind.
      boolean interrupted = Thread.interrupted();
      LockSupport.parkNanos(LOOK_MS * 1_000_000);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether this container is to be started from a checkpoint. */
  boolean restores(Container container) {
    return Files.isDirectory(container.paths().checkpoint());
  }

  /**
   * Starts a container from its checkpoint: what ran goes on. Its cgroup exists.
   *
   * @param request as for a start, without a plan
   * @param rdtTasks the files by which a process joins its class
   */
  Started restore(
      Pod pod, Container container, LaunchRequest request, Cgroup cgroup, List<Path> rdtTasks)
      throws Exception {
    Bundle bundle = bundles.load(container.paths());
    if (pod.state().record().ownUser()) {
      throw Failure.wrongState(
          "container %s: CRIU can't restore into the pod's user namespace; expected a pod without one"
              .formatted(container.id()));
    }
    Path root = Files.createDirectories(container.paths().criuRoot());
    Mounts.overlay(bundle.lowers(), container.paths().upper(), container.paths().work(), root);
    try {
      MountPoints.make(root, bundle.spec());
      ContainerRestore restore =
          new ContainerRestore(
              bundle.spec(),
              launches.hierarchies(container.state().record().cgroupPath()),
              root,
              container.paths().checkpoint(),
              container.paths().checkpoint(),
              CriuOptions.of(Set.of(CriuFlag.FILE_LOCKS, CriuFlag.TCP_ESTABLISHED)));
      return converse(pod.requireShim(), restore, request, cgroup, rdtTasks);
    } catch (Exception failed) {
      // Whatever criu left of it.
      cgroup.kill();
      throw failed;
    } finally {
      Mounts.detach(root);
    }
  }

  /** What criu forks inherits the cgroup and the class that it stands in. */
  private Started converse(
      ShimClient shim,
      ContainerRestore restore,
      LaunchRequest request,
      Cgroup cgroup,
      List<Path> rdtTasks)
      throws Exception {
    int version = CriuProgram.version(starter(shim));
    try (CriuStream criu =
        shim.criu(request, program.command(PATH), ENVIRONMENT, restore.files())) {
      cgroup.add(criu.pid());
      for (Path tasks : rdtTasks) {
        Files.writeString(tasks, Integer.toString(criu.pid()));
      }
      int pid = restore.execute(criu, version, (script, init) -> {});
      return criu.adopt(pid);
    }
  }
}
