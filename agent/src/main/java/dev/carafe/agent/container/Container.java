package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

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
  private final CompletableFuture<ContainerState> exited = new CompletableFuture<>();
  private final Lock files = new ReentrantLock();
  private volatile ContainerState state;

  /** A container in its first known state. */
  public Container(ContainerPaths paths, ContainerState state) {
    this.paths = requireNonNull(paths, "paths is null");
    this.state = requireNonNull(state, "state is null");
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
    boolean wasExited = state.phase() == ContainerState.Phase.EXITED;
    if (wasExited && next.phase() != ContainerState.Phase.EXITED) {
      return state;
    }
    state = next;
    return next;
  }

  /** Its exit is recorded, or could not be: who waits for the end need not wait longer. */
  void settled() {
    exited.complete(state);
  }
}
