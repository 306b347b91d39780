package dev.carafe.runtime.rdt.control;

import dev.carafe.runtime.rdt.control.Decision.Reason;
import dev.carafe.runtime.rdt.control.LawState.Action;
import dev.carafe.runtime.rdt.control.Window.Mean;

/**
 * The law of the loop, for one memory domain: state and sample give a decision, and nothing else
 * counts. It acts seldom and far: an action is followed by a pause longer than the hardware's
 * delay, by measuring until the mean is told from the target in spite of the noise, and by a step
 * whose size comes from what the last one did. So it needs no model of the machine, and has no gain
 * that a slow machine turns into an oscillation.
 */
public final class BandwidthLaw {
  /** Intervals after an action that are not looked at. */
  private static final int SETTLE = 3;

  /** Parts of the target that are not worth an action. */
  private static final double BAND = 0.015;

  /** Standard errors by which a mean must leave the band. */
  private static final double SURE = 1.9;

  /** The same for the last few samples alone, of which there is one more at each interval. */
  private static final double VERY_SURE = 3.2;

  /** Standard errors that two means must differ by to be worth a lesson. */
  private static final double TOLD = 3;

  /** Of the way to a release that is foreseen; the rest is caution. */
  private static final double CAREFUL = 0.8;

  /** How much farther than the rate the level may move at once, both as parts of themselves. */
  private static final double TRUST = 5;

  /** Part of the target below which a class is idle. */
  private static final double IDLE = 0.05;

  /** Part of what was missing that an action must bring to be worth going on. */
  private static final double EFFECT = 0.3;

  private BandwidthLaw() {}

  /** One interval later. */
  public static Decision decide(Goal goal, LawState before, Sample sample) {
    LawState seen = before.seen(sample);
    LawState state = wantsMore(seen) ? seen.wantingMore() : seen;
    if (before.settling() > 0) {
      return new Decision(state, Reason.SETTLING, sample.shielded(), sample.others());
    }
    Window window = state.window();
    if (window.size() < Window.FEW) {
      return new Decision(state, Reason.MEASURING, sample.shielded(), sample.others());
    }
    Mean few = window.mean(Window.FEW);
    boolean obvious = surely(goal, state, few, VERY_SURE);
    Mean mean = obvious ? few : window.mean(window.size());
    if (mean.shielded() < IDLE * goal.target()) {
      return idle(goal, state, mean);
    }
    double target = target(goal, state);
    if (!obvious && !surely(goal, state, mean, SURE)) {
      return new Decision(state, Reason.ON_TARGET, mean.shielded(), mean.others());
    }
    return mean.shielded() < target ? tooLittle(goal, state, mean) : tooMuch(goal, state, mean);
  }

  /** Whether it takes more than it was found to want. */
  private static boolean wantsMore(LawState state) {
    if (state.window().size() < Window.FEW) {
      return false;
    }
    Mean few = state.window().mean(Window.FEW);
    return few.shielded() > state.wanted() * (1 + 2 * BAND) + VERY_SURE * few.error();
  }

  /** What a class does not want it need not get; a little less than that shows when it does. */
  private static double target(Goal goal, LawState state) {
    return Math.min(goal.target(), state.wanted() * (1 - 2 * BAND));
  }

  private static boolean surely(Goal goal, LawState state, Mean mean, double errors) {
    double target = target(goal, state);
    return Math.abs(mean.shielded() - target) > BAND * target + errors * mean.error();
  }

  private static Decision idle(Goal goal, LawState state, Mean mean) {
    if (state.level() == goal.highest()) {
      return new Decision(state, Reason.ON_TARGET, mean.shielded(), mean.others());
    }
    return new Decision(
        state.moved(goal.highest(), SETTLE, null, 0), Reason.IDLE, mean.shielded(), mean.others());
  }

  private static Decision tooLittle(Goal goal, LawState state, Mean mean) {
    double missing = target(goal, state) - mean.shielded();
    double trusted = state.level() * (1 - TRUST * missing / target(goal, state));
    Action last = state.last();
    boolean throttled = last != null && last.from() > state.level();
    if (last != null && throttled && isUseless(goal, last, mean)) {
      if (mean.others() < last.others() * (1 - EFFECT * missing / last.others())) {
        return notWanted(state, last.from(), mean);
      }
      if (state.gain() == 0) {
        // Nobody felt it: the value is above what they take anyway.
        double next = Math.max(state.level() / 2.0, trusted);
        return act(goal, state, mean, next, Reason.TOO_LITTLE, 0);
      }
    }
    if (state.level() <= goal.lowest()) {
      return atLowest(goal, state, mean);
    }
    double gain = learned(state, mean);
    double next =
        gain > 0 ? state.level() - missing / gain : firstGuess(goal, state, mean, missing);
    LawState limited =
        last != null && last.from() < state.level() ? state.notAbove(last.from()) : state;
    return act(goal, limited, mean, Math.max(next, trusted), Reason.TOO_LITTLE, gain);
  }

  /**
   * As if MB were a part of all that the domain moves now: what is missing is taken from the
   * others.
   */
  private static double firstGuess(Goal goal, LawState state, Mean mean, double missing) {
    double perPercent = (mean.shielded() + mean.others()) / goal.highest();
    double guess = (mean.others() - missing) / perPercent;
    return Math.clamp(guess, 0.4 * state.level(), (double) state.level());
  }

  private static boolean isUseless(Goal goal, Action last, Mean mean) {
    double missed = goal.target() - last.shielded();
    double error = Math.hypot(mean.error(), last.error());
    boolean canTell = missed > TOLD * error;
    return canTell && mean.shielded() + SURE * error < last.shielded() + EFFECT * missed;
  }

  /** All that was allowed was done, to no avail; tried again after a patience. */
  private static Decision atLowest(Goal goal, LawState state, Mean mean) {
    boolean helped = mean.shielded() > state.unthrottled() + TOLD * mean.error();
    if (helped || state.patience() > 0 || state.window().size() < Window.LONGEST) {
      return new Decision(state, Reason.AT_LOWEST, mean.shielded(), mean.others());
    }
    return notWanted(state, goal.highest(), mean);
  }

  private static Decision notWanted(LawState state, int level, Mean mean) {
    LawState content = state.wanting(mean.shielded());
    return new Decision(
        content.moved(level, SETTLE, null, state.gain()),
        Reason.NOT_WANTED,
        mean.shielded(),
        mean.others());
  }

  private static Decision tooMuch(Goal goal, LawState state, Mean mean) {
    int limit = state.patience() > 0 ? Math.min(state.ceiling(), goal.highest()) : goal.highest();
    double surplus = mean.shielded() - target(goal, state);
    double gain = learned(state, mean);
    double foreseen = gain > 0 ? CAREFUL * surplus / gain : goal.step();
    double raise = Math.min(foreseen, TRUST * state.level() * surplus / target(goal, state));
    int next = Math.min(goal.floor(state.level() + raise), limit);
    if (next <= state.level()) {
      return new Decision(state, Reason.ON_TARGET, mean.shielded(), mean.others());
    }
    return act(goal, state, mean, next, Reason.TOO_MUCH, gain);
  }

  /** What the last action brought per percent; what an earlier one did if it tells nothing. */
  private static double learned(LawState state, Mean mean) {
    Action last = state.last();
    if (last == null || last.from() == state.level()) {
      return state.gain();
    }
    double gained = mean.shielded() - last.shielded();
    double gain = gained / (last.from() - state.level());
    boolean clear = Math.abs(gained) > TOLD * Math.hypot(mean.error(), last.error());
    return gain > 0 && (clear || state.gain() == 0) ? gain : state.gain();
  }

  private static Decision act(
      Goal goal, LawState state, Mean mean, double level, Reason reason, double gain) {
    int to = goal.floor(level);
    if (reason == Reason.TOO_LITTLE) {
      to = Math.max(goal.lowest(), Math.min(to, state.level() - goal.step()));
    }
    if (to == state.level()) {
      return new Decision(state, Reason.AT_LOWEST, mean.shielded(), mean.others());
    }
    LawState leaving = state.level() == goal.highest() ? state.leaving(mean.shielded()) : state;
    Action action = new Action(state.level(), mean.shielded(), mean.others(), mean.error());
    return new Decision(
        leaving.moved(to, SETTLE, action, gain), reason, mean.shielded(), mean.others());
  }
}
