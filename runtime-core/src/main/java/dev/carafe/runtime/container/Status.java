package dev.carafe.runtime.container;

import java.util.Locale;

/** A container's status (runtime-spec: runtime.md, State); derived, never stored. */
public enum Status {
  /** Its init waits for start. */
  CREATED,
  /** Its program runs. */
  RUNNING,
  /** Its cgroup is frozen. */
  PAUSED,
  /** Its init has ended. */
  STOPPED;

  /** As it stands in the state's JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The status that follows from what can be seen, in the order in which one fact hides another.
   *
   * @param frozen whether the cgroup is frozen
   * @param alive whether init, the same process as at the start, runs
   * @param waiting whether the FIFO of start is there
   */
  public static Status of(boolean frozen, boolean alive, boolean waiting) {
    if (frozen) {
      return PAUSED;
    }
    if (!alive) {
      return STOPPED;
    }
    return waiting ? CREATED : RUNNING;
  }
}
