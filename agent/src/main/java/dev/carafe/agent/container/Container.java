package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.event.Event;
import dev.carafe.agent.event.Events;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * A container that the agent holds. {@link #state()} is an immutable snapshot; changes are atomic
 * and never go back from EXITED.
 */
public final class Container {
  private final ContainerPaths paths;
  private final Events events;
  private final CompletableFuture<ContainerState> exited = new CompletableFuture<>();
  private final Lock files = new ReentrantLock();
  private volatile ContainerState state;

  /** A container in its first known state; {@code events} hears of every later one. */
  public Container(ContainerPaths paths, ContainerState state, Events events) {
    this.paths = requireNonNull(paths, "paths is null");
    this.state = requireNonNull(state, "state is null");
    this.events = requireNonNull(events, "events is null");
    if (state.phase() == ContainerState.Phase.EXITED) {
      exited.complete(state);
    }
  }

  /** The container's id. */
  public String id() {
    return paths.id();
  }

  /** Where its things lie. */
  public ContainerPaths paths() {
    return paths;
  }

  /**
   * Held by whoever records the exit or removes the container, so that no record is written into a
   * directory that goes.
   */
  Lock files() {
    return files;
  }

  /** The container as it is now. */
  public ContainerState state() {
    return state;
  }

  /**
   * Completes once its exit is recorded and its cgroup gone, a moment after {@link #state} says
   * EXITED; waits without holding anything.
   */
  public CompletableFuture<ContainerState> exited() {
    return exited.copy();
  }

  /**
   * Replaces the snapshot, and returns the new one; an exited container only changes its record.
   */
  synchronized ContainerState change(UnaryOperator<ContainerState> step) {
    ContainerState next = step.apply(state);
    ContainerState.Phase before = state.phase();
    boolean wasExited = before == ContainerState.Phase.EXITED;
    if (wasExited && next.phase() != ContainerState.Phase.EXITED) {
      return state;
    }
    state = next;
    publish(before, next);
    return next;
  }

  /** Its exit is recorded, or could not be: who waits for the end need not wait longer. */
  void settled() {
    exited.complete(state);
  }

  /** One that ended before its start was recorded has started all the same. */
  private void publish(ContainerState.Phase before, ContainerState now) {
    boolean ended = now.phase() == ContainerState.Phase.EXITED && before != now.phase();
    boolean ran = now.startedAt() != 0;
    if (before == ContainerState.Phase.CREATED && before != now.phase() && ran) {
      events.publish(Event.Kind.STARTED, id(), now.record().podId());
    }
    if (ended) {
      events.publish(Event.Kind.STOPPED, id(), now.record().podId());
    }
  }
}
