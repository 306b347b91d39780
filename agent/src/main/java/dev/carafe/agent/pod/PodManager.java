package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.event.Event;
import dev.carafe.agent.event.Events;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.name.Caller;
import dev.carafe.agent.name.Reservations;
import dev.carafe.agent.name.Times;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs, stops and removes pods. Thread-safe: one lock a pod orders its changes, listing takes none.
 */
public final class PodManager {
  private static final Logger LOG = LogManager.getLogger(PodManager.class);

  private final PodStore store;
  private final PodLadder ladder;
  private final PodContainers containers;
  private final RuntimeHandlers handlers;
  private final InstantSource clock;
  private final String bootId;
  private final Events events;
  private final Reservations names = new Reservations("pod");
  private final ConcurrentHashMap<String, Pod> pods = new ConcurrentHashMap<>();

  /** A manager without pods; {@link #restore} brings those of an earlier agent. */
  public PodManager(
      PodStore store,
      PodLadder ladder,
      PodContainers containers,
      RuntimeHandlers handlers,
      InstantSource clock,
      String bootId,
      Events events) {
    this.store = requireNonNull(store, "store is null");
    this.ladder = requireNonNull(ladder, "ladder is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.bootId = requireNonNull(bootId, "bootId is null");
    this.events = requireNonNull(events, "events is null");
  }

  /**
   * Makes a pod and brings it to READY; on any failure nothing of it is left.
   *
   * @param handler a RuntimeClass handler, "" for the default
   * @return the pod's id
   */
  public String run(PodSandboxConfig config, String handler, Caller caller) {
    handlers.require(handler);
    String name = PodRecord.name(config.getMetadata());
    return names.create(name, PodRecord.digest(config), caller, id -> create(id, config, handler));
  }

  /** Stops a pod: ends its containers, releases its network. Idempotent; an unknown id is fine. */
  public void stop(String idOrPrefix) {
    Pod pod = find(idOrPrefix);
    if (pod != null) {
      stop(pod);
    }
  }

  /** Removes a pod and its containers, whatever their state. Idempotent; an unknown id is fine. */
  public void remove(String idOrPrefix) {
    Pod pod = find(idOrPrefix);
    if (pod == null) {
      return;
    }
    stop(pod);
    containers.removeAll(pod);
    pod.lock().lock();
    try {
      ladder.erase(pod);
      events.publish(Event.Kind.DELETED, pod.id(), pod.id());
      pods.remove(pod.id());
      names.release(PodRecord.name(pod.state().record().config().getMetadata()), pod.id());
    } catch (IOException failure) {
      throw Failure.internal("cannot remove pod sandbox " + pod.id() + ": " + failure, failure);
    } finally {
      pod.lock().unlock();
    }
    LOG.info("pod {} removed", pod.id());
  }

  /**
   * Takes note of what the pod is limited to from now on: the kubelet has changed the pod's cgroup
   * itself before it says so (KEP-2837), so nothing is written there.
   *
   * @throws Failure of kind NOT_FOUND, or WRONG_STATE when the pod is not ready
   */
  public void update(
      String idOrPrefix, LinuxContainerResources overhead, LinuxContainerResources resources) {
    Pod pod = require(idOrPrefix);
    pod.lock().lock();
    try {
      pod.requireShim();
      PodSandboxConfig config = pod.state().record().config();
      PodSandboxConfig.Builder changed = config.toBuilder();
      changed.getLinuxBuilder().setOverhead(overhead).setResources(resources);
      PodRecord record = pod.state().record().withConfig(changed.build());
      store.writeIntent(record);
      pod.become(pod.state().with(record));
    } catch (IOException failure) {
      throw Failure.internal(
          "cannot record the resources of pod sandbox " + pod.id() + ": " + failure, failure);
    } finally {
      pod.lock().unlock();
    }
  }

  /** Every pod that is or was ready, as it is now; no lock is taken. */
  public List<PodState> list() {
    List<PodState> states = new ArrayList<>(pods.size());
    for (Pod pod : pods.values()) {
      PodState state = pod.state();
      if (state.phase() != PodState.Phase.CREATING) {
        states.add(state);
      }
    }
    return states;
  }

  /** The pods themselves, those in creation left out. */
  public List<Pod> all() {
    return pods.values().stream()
        .filter(pod -> pod.state().phase() != PodState.Phase.CREATING)
        .toList();
  }

  /**
   * The pod with this id or with an id that begins so.
   *
   * @throws Failure of kind NOT_FOUND
   */
  public Pod require(String idOrPrefix) {
    Pod pod = find(idOrPrefix);
    if (pod == null) {
      throw Failure.notFound("no pod sandbox has the id \"" + idOrPrefix + "\"");
    }
    return pod;
  }

  /** The pod with this id, or the only one whose id begins so; else null. */
  public @Nullable Pod find(String idOrPrefix) {
    Pod exact = pods.get(idOrPrefix);
    if (exact != null || idOrPrefix.isEmpty()) {
      return exact;
    }
    List<Pod> candidates =
        pods.values().stream().filter(pod -> pod.id().startsWith(idOrPrefix)).limit(2).toList();
    return candidates.size() == 1 ? candidates.getFirst() : null;
  }

  /** Takes in a pod of an earlier agent, in the state that recovery found it in. */
  public void restore(Pod pod) {
    PodRecord record = pod.state().record();
    pods.put(pod.id(), pod);
    names.restore(
        PodRecord.name(record.config().getMetadata()), PodRecord.digest(record.config()), pod.id());
  }

  private void create(String id, PodSandboxConfig config, String handler) {
    long now = Times.nanos(clock);
    PodRecord record = new PodRecord(id, config, handler, now, bootId);
    Pod pod = new Pod(store.paths(id), PodState.creating(record), events);
    pods.put(id, pod);
    pod.lock().lock();
    try {
      ladder.climb(pod);
    } catch (IOException | RuntimeException failure) {
      undo(pod, failure);
      throw failure instanceof RuntimeException known
          ? known
          : Failure.internal("cannot run pod sandbox: " + failure, failure);
    } finally {
      pod.lock().unlock();
    }
    LOG.info(
        "pod {} runs: {}/{}",
        id,
        config.getMetadata().getNamespace(),
        config.getMetadata().getName());
  }

  private void undo(Pod pod, Exception failure) {
    try {
      ladder.descend(pod);
      ladder.erase(pod);
      pods.remove(pod.id());
    } catch (IOException | RuntimeException stuck) {
      // Kept as NOT_READY, so that the kubelet's Stop and Remove try again.
      failure.addSuppressed(stuck);
      pod.become(pod.state().notReady("its creation failed and could not be undone"));
      LOG.error("cannot undo the creation of pod {}", pod.id(), stuck);
    }
  }

  private void stop(Pod pod) {
    pod.lock().lock();
    try {
      if (pod.state().phase() == PodState.Phase.READY) {
        pod.become(pod.state().notReady(""));
        store.writeState(pod.state());
      }
    } catch (IOException failure) {
      throw Failure.internal("cannot record that pod " + pod.id() + " stops: " + failure, failure);
    } finally {
      pod.lock().unlock();
    }
    containers.stopAll(pod);
    pod.lock().lock();
    try {
      if (!pod.released()) {
        ladder.descend(pod);
        pod.release();
      }
    } catch (IOException failure) {
      throw Failure.internal("cannot stop pod sandbox " + pod.id() + ": " + failure, failure);
    } finally {
      pod.lock().unlock();
    }
  }
}
