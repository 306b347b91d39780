package dev.carafe.e2e.demo;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What must be undone, the last first; each once, whether the demo ends, fails or is interrupted.
 * Thread-safe.
 */
final class Cleanup implements AutoCloseable {
  /** One thing to undo. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  private record Named(String name, Action action) {}

  private final Deque<Named> actions = new ArrayDeque<>();
  private boolean complete = true;

  /** Adds an action. */
  synchronized void add(String name, Action action) {
    actions.push(new Named(name, action));
  }

  /** Runs all actions that have not run; one that fails is told of and does not stop the others. */
  @Override
  public synchronized void close() {
    while (!actions.isEmpty()) {
      Named next = actions.pop();
      try {
        next.action().run();
      } catch (Exception failure) {
        complete = false;
        System.err.println("demo: cannot clean up " + next.name() + ": " + failure.getMessage());
      }
    }
  }

  /** Whether nothing failed so far. */
  synchronized boolean complete() {
    return complete;
  }
}
