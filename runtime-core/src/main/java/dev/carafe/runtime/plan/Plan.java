package dev.carafe.runtime.plan;

import java.util.List;
import java.util.Objects;

/**
 * A launch plan: operations in the order in which the launcher executes them. Immutable.
 *
 * @param steps the operations
 */
public record Plan(List<Step> steps) {
  /** Most operations a plan may have (native/PROTOCOL.md section 2). */
  public static final int STEPS_MAX = 8192;

  public Plan {
    steps = List.copyOf(steps);
    if (steps.size() > STEPS_MAX) {
      throw new IllegalArgumentException(
          steps.size() + " operations: expected at most " + STEPS_MAX);
    }
  }

  /**
   * The same for somebody who copies the terminal to where it need not be a screen, as runc does.
   */
  public Plan withPlainLines() {
    return new Plan(
        steps.stream()
            .map(step ->
                step.op() instanceof Op.Terminal terminal
                    ? new Step(terminal.withPlainLines(), step.mayFail())
                    : step)
            .toList());
  }

  /**
   * The sentence that a person reads when an operation failed.
   *
   * @param index of the operation; anything outside the plan gives a sentence without one
   * @param errno Linux error number, 0 if there is none
   * @param item index inside an operation's list
   * @param detail the launcher's own word on it, "" if none
   */
  public String describe(int index, int errno, int item, String detail) {
    return new FailureText(this).describe(index, errno, item, detail);
  }

  /**
   * One operation in a plan.
   *
   * @param op what is done
   * @param mayFail whether the plan goes on when it fails
   */
  public record Step(Op op, boolean mayFail) {
    public Step {
      Objects.requireNonNull(op, "op");
    }
  }
}
