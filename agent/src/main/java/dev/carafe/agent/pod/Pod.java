package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.event.Event;
import dev.carafe.agent.event.Events;
import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.shim.ShimClient;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A pod that the agent holds.
 *
 * <p>{@link #state()} is an immutable snapshot that anybody may read at any time. Changes are made
 * under {@link #lock()}, which a list or status call never takes.
 */
public final class Pod {
  private final PodPaths paths;
  private final ReentrantLock lock = new ReentrantLock();
  private final Events events;
  private volatile PodState state;
  private volatile @Nullable ShimClient shim;
  private volatile boolean released;

  /** A pod in its first known state; {@code events} hears of every later one. */
  public Pod(PodPaths paths, PodState state, Events events) {
    this.paths = requireNonNull(paths, "paths is null");
    this.state = requireNonNull(state, "state is null");
    this.events = requireNonNull(events, "events is null");
  }

  /** The pod's id. */
  public String id() {
    return paths.id();
  }

  /** Where its things lie. */
  public PodPaths paths() {
    return paths;
  }

  /**
   * Orders the changes of this pod and of its containers. Not to be held while waiting for an exit.
   */
  public ReentrantLock lock() {
    return lock;
  }

  /** The pod as it is now. */
  public PodState state() {
    return state;
  }

  /** Its connection to the shim, or null when there is no shim (any more). */
  public @Nullable ShimClient shim() {
    return shim;
  }

  /**
   * Its connection to the shim.
   *
   * @throws Failure of kind WRONG_STATE when the pod is not ready or its shim is lost
   */
  public ShimClient requireShim() {
    ShimClient present = shim;
    if (state.phase() != PodState.Phase.READY || present == null) {
      throw Failure.wrongState(
          "pod sandbox %s is not ready%s; stop and remove it, then run a new one"
              .formatted(id(), state.reason().isEmpty() ? "" : " (" + state.reason() + ")"));
    }
    return present;
  }

  void become(PodState next) {
    PodState.Phase before = state.phase();
    state = requireNonNull(next, "next is null");
    if (before == PodState.Phase.CREATING) {
      events.publish(Event.Kind.CREATED, id(), id());
    }
    if (before != next.phase()) {
      boolean ready = next.phase() == PodState.Phase.READY;
      events.publish(ready ? Event.Kind.STARTED : Event.Kind.STOPPED, id(), id());
    }
  }

  /** Whether everything that the pod held in the kernel was given back since the agent's start. */
  boolean released() {
    return released;
  }

  void release() {
    released = true;
  }

  void attach(@Nullable ShimClient client) {
    shim = client;
  }
}
