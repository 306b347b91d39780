package dev.carafe.runtime.rdt.control;

import org.jspecify.annotations.Nullable;

/**
 * What the law remembers of one memory domain. Immutable.
 *
 * @param level MB value, percent, that throttled classes have at most
 * @param settling intervals until the last action is taken to have its effect
 * @param window samples since then
 * @param last the last action; null before the first, and when nothing can be learned from it
 * @param gain bytes per second that the protected class gained per percent, when last seen; 0 for
 *     unknown
 * @param unthrottled mean rate of the protected class when the others were last throttled out of
 *     the highest level
 * @param wanted what the protected class takes when nobody keeps it from more; infinite for unknown
 * @param ceiling no release above this level while {@code patience} lasts
 * @param patience intervals
 * @param nextPatience how long it lasts next time
 */
public record LawState(
    int level,
    int settling,
    Window window,
    @Nullable Action last,
    double gain,
    double unthrottled,
    double wanted,
    int ceiling,
    int patience,
    int nextPatience) {
  static final int SHORTEST_PATIENCE = 60;
  static final int LONGEST_PATIENCE = 960;

  /** How noisy samples are taken to be before any was seen. */
  private static final double FIRST_NOISE = 0.06;

  /**
   * An action.
   *
   * @param from the level before
   * @param shielded the protected class' mean rate before
   * @param others theirs
   * @param error standard error of {@code shielded}
   */
  record Action(int from, double shielded, double others, double error) {}

  /** Nobody is throttled yet. */
  public static LawState initial(Goal goal) {
    return new LawState(
        goal.highest(),
        0,
        new Window(java.util.List.of(), FIRST_NOISE),
        null,
        0,
        0,
        Double.POSITIVE_INFINITY,
        goal.highest(),
        0,
        SHORTEST_PATIENCE);
  }

  LawState seen(Sample sample) {
    return new LawState(
        level,
        Math.max(0, settling - 1),
        settling > 0 ? window : window.with(sample),
        last,
        gain,
        unthrottled,
        patience == 1 ? Double.POSITIVE_INFINITY : wanted,
        ceiling,
        Math.max(0, patience - 1),
        nextPatience);
  }

  LawState moved(int to, int settle, @Nullable Action action, double learned) {
    return new LawState(
        to,
        settle,
        window.cleared(),
        action,
        learned,
        unthrottled,
        wanted,
        ceiling,
        patience,
        nextPatience);
  }

  LawState leaving(double rate) {
    return new LawState(
        level, settling, window, last, gain, rate, wanted, ceiling, patience, nextPatience);
  }

  LawState wanting(double rate) {
    return new LawState(
        level,
        settling,
        window,
        last,
        gain,
        unthrottled,
        rate,
        ceiling,
        nextPatience,
        Math.min(2 * nextPatience, LONGEST_PATIENCE));
  }

  LawState wantingMore() {
    return new LawState(
        level,
        settling,
        window,
        last,
        gain,
        unthrottled,
        Double.POSITIVE_INFINITY,
        ceiling,
        patience,
        nextPatience);
  }

  LawState notAbove(int limit) {
    return new LawState(
        level,
        settling,
        window,
        last,
        gain,
        unthrottled,
        wanted,
        limit,
        nextPatience,
        Math.min(2 * nextPatience, LONGEST_PATIENCE));
  }
}
