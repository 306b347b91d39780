package dev.carafe.agent.event;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.event.NodeEvent.Level;
import dev.carafe.agent.event.NodeEvent.PodName;
import dev.carafe.agent.name.Times;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The last events of the node, kept for whoever asks later; older ones are forgotten. Each is
 * logged too. Thread-safe.
 */
public final class NodeEvents {
  /** Enough for an hour of a pod that is refused each ten seconds. */
  static final int KEPT = 400;

  private static final Logger LOG = LogManager.getLogger(NodeEvents.class);

  private final InstantSource clock;
  private final Deque<NodeEvent> kept = new ArrayDeque<>();
  private final List<Consumer<NodeEvent>> listeners = new ArrayList<>();
  private long last;

  /** No events yet. */
  public NodeEvents(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock is null");
  }

  /** Adds an event, and tells the listeners on this thread. */
  public synchronized void publish(
      Level level, String reason, String message, @Nullable PodName pod) {
    NodeEvent event = new NodeEvent(++last, Times.nanos(clock), level, reason, message, pod);
    LOG.log(
        level == Level.WARNING
            ? org.apache.logging.log4j.Level.WARN
            : org.apache.logging.log4j.Level.INFO,
        "{}: {}",
        reason,
        message);
    if (kept.size() == KEPT) {
      kept.removeFirst();
    }
    kept.addLast(event);
    listeners.forEach(listener -> listener.accept(event));
  }

  /** The events that are kept, the oldest first. */
  public synchronized List<NodeEvent> recent() {
    return List.copyOf(kept);
  }

  /**
   * The listener hears the events that are kept with a higher number than {@code after}, and then
   * every new one, each once and in order; must not wait.
   */
  public synchronized void follow(long after, Consumer<NodeEvent> listener) {
    kept.stream().filter(event -> event.sequence() > after).forEach(listener);
    listeners.add(requireNonNull(listener, "listener is null"));
  }

  /** It hears no more. */
  public synchronized void unfollow(Consumer<NodeEvent> listener) {
    listeners.remove(listener);
  }
}
