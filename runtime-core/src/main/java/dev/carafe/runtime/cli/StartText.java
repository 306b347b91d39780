package dev.carafe.runtime.cli;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.plan.Op;
import dev.carafe.runtime.plan.Plan;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a process could not be started, in the words that callers grep for. */
final class StartText {
  private static final int ENOENT = 2;
  private static final int ECANCELED = 125;

  /** How the launcher says that a program is there and what it is run by is not. */
  private static final String INTERPRETER = ": its interpreter";

  private StartText() {}

  /** Whether the program is there, and what its first line or its header names is not. */
  static boolean hasNoInterpreter(FrontLaunch.Trouble trouble) {
    return trouble.detail().endsWith(INTERPRETER);
  }

  static String of(Plan plan, FrontLaunch.Trouble trouble) {
    return "unable to start container process: "
        + stage(plan, trouble.index())
        + reason(plan, trouble);
  }

  /** How callers know from runc that it was a mount. */
  private static String stage(Plan plan, int index) {
    if (index < 0 || index >= plan.steps().size()) {
      return "";
    }
    return switch (plan.steps().get(index).op()) {
      case Op.OpenTree _,
          Op.TreeInside _,
          Op.Fsmount _,
          Op.Tmpfs _,
          Op.Attach _,
          Op.Remount _,
          Op.Locked _ ->
          "error during container init: error mounting: ";
      default -> "";
    };
  }

  static String reason(Plan plan, FrontLaunch.Trouble trouble) {
    String error = Errno.of(trouble.errno()).text();
    String lower = error.toLowerCase(Locale.ROOT);
    int index = trouble.index();
    if (index < 0 || index >= plan.steps().size()) {
      return trouble.errno() == 0 ? trouble.detail() : trouble.detail() + ": " + lower;
    }
    if (plan.steps().get(index).op() instanceof Op.Hook && trouble.errno() == ECANCELED) {
      return trouble.detail();
    }
    String program = program(plan.steps().get(index).op());
    if (program == null) {
      return plan.describe(index, trouble.errno(), trouble.item(), trouble.detail())
          .replace(error, lower);
    }
    if (hasNoInterpreter(trouble)) {
      return "exec " + program + ": " + lower;
    }
    if (trouble.errno() != ENOENT) {
      return "exec: \"" + program + "\": " + lower;
    }
    return program.contains("/")
        ? "exec: \"" + program + "\": stat " + program + ": " + lower
        : "exec: \"" + program + "\": executable file not found in $PATH";
  }

  private static @Nullable String program(Op op) {
    return switch (op) {
      case Op.Exec exec -> exec.argv().getFirst();
      case Op.ParkFifo park -> park.program();
      default -> null;
    };
  }
}
