package dev.carafe.agent.config;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What came of a reload.
 *
 * @param accepted whether the new configuration is in force; if not, nothing has changed
 * @param applied keys with a new value that is in force now
 * @param needRestart keys whose new value waits for a restart
 * @param message a sentence for people; the reason when it was refused
 * @param time nanoseconds since the epoch
 */
public record ReloadOutcome(
    boolean accepted, List<String> applied, List<String> needRestart, String message, long time) {
  /** Checks the components. */
  public ReloadOutcome {
    applied = List.copyOf(applied);
    needRestart = List.copyOf(needRestart);
    requireNonNull(message, "message is null");
  }
}
