package dev.carafe.node.rdt;

import java.util.List;
import java.util.function.Consumer;

/** What the node manager asks of carafed. */
public interface Carafed {
  /**
   * Has it read its configuration anew.
   *
   * @throws UnreachableException when it does not answer
   */
  Reloaded reload() throws UnreachableException;

  /**
   * The names of the classes that pods can ask for now.
   *
   * @throws UnreachableException when it does not answer
   */
  List<String> classes() throws UnreachableException;

  /**
   * Tells what carafed still knows of the past, oldest first, then what happens; returns never.
   *
   * @throws UnreachableException when it does not answer, or no more
   */
  void events(Consumer<NodeNews> listener) throws UnreachableException;

  /**
   * What a reload came to.
   *
   * @param accepted whether the new configuration is in force; if not, nothing has changed
   * @param message a sentence
   */
  record Reloaded(boolean accepted, String message) {}

  /**
   * One event of carafed.
   *
   * @param time nanoseconds since the epoch
   * @param type Normal or Warning
   * @param podName empty for the node itself
   */
  record NodeNews(
      long time,
      String type,
      String reason,
      String message,
      String podNamespace,
      String podName,
      String podUid,
      String container) {}

  /** carafed does not answer. */
  final class UnreachableException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why. */
    public UnreachableException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
