package dev.carafe.agent.event;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.name.Times;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Passes every event to every listener, to all in the same order and with times that never go back.
 * Thread-safe.
 */
public final class EventHub implements Events {
  private final InstantSource clock;
  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();
  private long last;

  /** A hub without listeners. */
  public EventHub(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock is null");
  }

  /**
   * From now on {@code listener} hears every event, on the thread that causes it; must not wait.
   */
  public void add(Consumer<Event> listener) {
    listeners.add(requireNonNull(listener, "listener is null"));
  }

  /** It hears no more. */
  public void remove(Consumer<Event> listener) {
    listeners.remove(listener);
  }

  @Override
  public synchronized void publish(Event.Kind kind, String id, String podId) {
    last = Math.max(last + 1, Times.nanos(clock));
    Event event = new Event(kind, id, podId, last);
    listeners.forEach(listener -> listener.accept(event));
  }
}
