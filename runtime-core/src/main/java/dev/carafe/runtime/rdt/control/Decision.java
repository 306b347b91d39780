package dev.carafe.runtime.rdt.control;

import static java.util.Objects.requireNonNull;

/**
 * What the law says about one interval.
 *
 * @param state for the next one; its level is what is to be in force now
 * @param reason why
 * @param shielded the mean rate of the protected class that it was judged by, bytes per second
 * @param others theirs
 */
public record Decision(LawState state, Reason reason, double shielded, double others) {
  public Decision {
    requireNonNull(state, "state is null");
    requireNonNull(reason, "reason is null");
  }

  /** Why the level is what it is. */
  public enum Reason {
    /** An action has to show its effect first. */
    SETTLING("waiting for the last change to show"),
    /** Too few samples. */
    MEASURING("measuring"),
    /** Near enough to the target, or not told from it by now. */
    ON_TARGET("on target"),
    /** Others are throttled more. */
    TOO_LITTLE("the protected class gets too little"),
    /** Others are throttled less. */
    TOO_MUCH("the protected class gets more than its target"),
    /** Too little, and nothing left to take. */
    AT_LOWEST("the protected class gets too little, and others are at the lowest value allowed"),
    /** Throttling others did not help: it does not want more. */
    NOT_WANTED("throttling others did not help, the protected class wants no more"),
    /** It takes next to nothing. */
    IDLE("the protected class is idle");

    private final String sentence;

    Reason(String sentence) {
      this.sentence = sentence;
    }

    /** In words. */
    public String sentence() {
      return sentence;
    }

    /** Whether it changes the level. */
    public boolean acts() {
      return switch (this) {
        case TOO_LITTLE, TOO_MUCH, NOT_WANTED, IDLE -> true;
        case SETTLING, MEASURING, ON_TARGET, AT_LOWEST -> false;
      };
    }
  }
}
