package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.ContainerState.Phase;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.name.Caller;
import dev.carafe.agent.name.Reservations;
import dev.carafe.agent.pod.Interrupts;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.runtime.shim.AttachStream;
import dev.carafe.runtime.shim.ExecStream;
import dev.carafe.runtime.shim.LaunchRequest;
import dev.carafe.runtime.shim.ShimClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Creates, starts, stops and removes containers. Thread-safe: changes are ordered by the pod's
 * lock, which nobody holds while waiting for an exit; listing takes no lock.
 */
public final class ContainerManager {
  private static final Logger LOG = LogManager.getLogger(ContainerManager.class);

  private final ContainerTable table;
  private final PodManager pods;
  private final ContainerCreation creation;
  private final ContainerStart starter;
  private final ContainerStop stopper;
  private final ContainerRemoval removal;
  private final ContainerUpdate updater;
  private final Exec exec;
  private final Reservations names;

  /** The manager over its operations, each of which has a class of its own. */
  public ContainerManager(
      ContainerTable table,
      PodManager pods,
      ContainerCreation creation,
      ContainerStart starter,
      ContainerStop stopper,
      ContainerRemoval removal,
      ContainerUpdate updater,
      Exec exec,
      Reservations names) {
    this.table = requireNonNull(table, "table is null");
    this.pods = requireNonNull(pods, "pods is null");
    this.creation = requireNonNull(creation, "creation is null");
    this.starter = requireNonNull(starter, "starter is null");
    this.stopper = requireNonNull(stopper, "stopper is null");
    this.removal = requireNonNull(removal, "removal is null");
    this.updater = requireNonNull(updater, "updater is null");
    this.exec = requireNonNull(exec, "exec is null");
    this.names = requireNonNull(names, "names is null");
  }

  /** Creates a container in a ready pod: everything is checked and on disk, nothing runs yet. */
  public String create(String podId, ContainerConfig config, Caller caller) {
    return create(podId, config, caller, null);
  }

  /**
   * The same from a checkpoint: when it is started, what was saved goes on.
   *
   * @param checkpoint copied here; null for a container that begins anew
   */
  public String create(
      String podId, ContainerConfig config, Caller caller, @Nullable CheckpointFiles checkpoint) {
    Pod pod = pods.require(podId);
    return names.create(
        ContainerRecord.name(pod.id(), config.getMetadata()),
        PodRecord.digest(config),
        caller,
        id -> locked(pod, () -> creation.create(pod, id, config, checkpoint)));
  }

  /**
   * Starts a created container.
   *
   * @throws Failure of kind WRONG_STATE unless it is CREATED; of another kind when its program
   *     cannot be started, and then the container is EXITED with code 128 and reason StartError
   */
  public void start(String id) {
    Container container = require(id);
    Pod pod = pods.require(container.state().record().podId());
    locked(
        pod,
        () -> {
          requirePhase(container, Phase.CREATED, "start");
          return starter.start(pod, container);
        });
  }

  /**
   * Stops a container: its signal, at most {@code grace}, then SIGKILL. Idempotent; an unknown id
   * is fine.
   */
  public void stop(String id, Duration grace) {
    Container container = table.find(id);
    if (container != null) {
      stopper.stop(pods.require(container.state().record().podId()), container, grace);
    }
  }

  /**
   * Removes a container, killing it first if it runs; its log stays. Idempotent; an unknown id is
   * fine.
   */
  public void remove(String id) {
    Container container = table.find(id);
    if (container == null) {
      return;
    }
    Pod pod = pods.require(container.state().record().podId());
    stopper.stop(pod, container, Duration.ZERO);
    locked(pod, () -> removal.remove(container));
  }

  /** Changes a container's limits, all or none. */
  public void update(String id, LinuxContainerResources resources) {
    Container container = require(id);
    Pod pod = pods.require(container.state().record().podId());
    locked(pod, () -> updater.update(container, resources));
  }

  /**
   * Has the shim write the log to a new file at the same path; on return it does. A container
   * without a log has nothing to reopen.
   */
  public void reopenLog(String id) {
    Container container = requireRunning(id, "reopen the log of");
    if (container.state().record().logPath().isEmpty()) {
      return;
    }
    try {
      ShimClient shim = pods.require(container.state().record().podId()).requireShim();
      Interrupts.step(() -> shim.reopenLog(container.id()));
    } catch (IOException failure) {
      throw Failure.internal(
          "cannot reopen the log of container %s: %s".formatted(id, failure.getMessage()), failure);
    }
  }

  /**
   * Runs a command in a running container and waits for it.
   *
   * @param timeout zero for none
   * @throws Failure of kind DEADLINE when it took longer; it is killed then
   */
  public ExecResult execSync(String id, List<String> command, Duration timeout) {
    Container container = requireRunning(id, "run a command in");
    if (command.isEmpty()) {
      throw Failure.invalid("cmd is empty: expected a program and its arguments");
    }
    return exec.sync(pods.require(container.state().record().podId()), container, command, timeout);
  }

  /**
   * Starts a command in a running container, for a client that carries its stdio.
   *
   * @throws IOException when the container's files can't be read or the shim is gone
   */
  public ExecStream exec(String id, List<String> command, boolean stdin, boolean tty)
      throws IOException {
    Container container = requireRunning(id, "run a command in");
    LaunchRequest.Stdio stdio = new LaunchRequest.Stdio(tty, stdin, stdin);
    return exec.open(pods.require(container.state().record().podId()), container, command, stdio);
  }

  /**
   * Attaches to a running container; its output from now on, and its stdin if it has one.
   *
   * @throws IOException when the shim refuses or is gone
   */
  public AttachStream attach(String id, boolean stdin, boolean stdout, boolean stderr)
      throws IOException {
    Container container = requireRunning(id, "attach to");
    return pods.require(container.state().record().podId())
        .requireShim()
        .attach(container.id(), stdin, stdout, stderr);
  }

  /**
   * The container with this id, which runs.
   *
   * @param verb what for, in words
   * @throws Failure of kind NOT_FOUND or WRONG_STATE
   */
  public Container requireRunning(String id, String verb) {
    Container container = require(id);
    requirePhase(container, Phase.RUNNING, verb);
    return container;
  }

  /** Every container, as it is now; no lock is taken. */
  public List<ContainerState> list() {
    List<ContainerState> states = new ArrayList<>();
    for (Container container : table.all()) {
      ContainerState state = container.state();
      if (state.phase() != Phase.CREATING) {
        states.add(state);
      }
    }
    return states;
  }

  /** The container with this id, or the only one whose id begins so; else null. */
  public @Nullable Container find(String idOrPrefix) {
    return table.find(idOrPrefix);
  }

  /**
   * The container with this id or with an id that begins so.
   *
   * @throws Failure of kind NOT_FOUND
   */
  public Container require(String idOrPrefix) {
    Container container = table.find(idOrPrefix);
    if (container == null) {
      throw Failure.notFound("no container has the id \"" + idOrPrefix + "\"");
    }
    return container;
  }

  private static void requirePhase(Container container, Phase wanted, String verb) {
    Phase phase = container.state().phase();
    if (phase != wanted) {
      throw Failure.wrongState(
          "cannot %s container %s: it is %s, expected %s"
              .formatted(verb, container.id(), phase, wanted));
    }
  }

  private static void locked(Pod pod, Supplier<@Nullable ContainerState> change) {
    pod.lock().lock();
    try {
      ContainerState state = change.get();
      LOG.debug("container is now {}", state);
    } finally {
      pod.lock().unlock();
    }
  }
}
