package dev.carafe.agent.name;

/** The client that waits for an answer, as far as the domain needs to know it. */
@FunctionalInterface
public interface Caller {
  /** A caller that never goes away, for work that the agent does on its own. */
  Caller PATIENT = action -> {};

  /**
   * Has {@code action} run once if the client hangs up or its deadline passes before it got its
   * answer; at once if that has happened already. The work itself is never interrupted.
   */
  void onGone(Runnable action);
}
