package dev.carafe.runtime.cli;

import dev.carafe.runtime.plan.Op;
import dev.carafe.runtime.plan.Plan;
import java.util.BitSet;

/**
 * What --debug tells of a start: the sentences that runc has for the same moments, for its suite
 * and other callers look for them.
 */
final class StartLog {
  private StartLog() {}

  /** The launcher is about to run this plan. */
  static void begins(Log log, Plan plan) {
    log.debug("nsexec container setup");
    for (Plan.Step step : plan.steps()) {
      if (step.op() instanceof Op.ProcessState state) {
        affinity(log, BitSet.valueOf(state.affinity().toByteArray()).toLongArray());
      }
      if (step.op() instanceof Op.Seccomp seccomp) {
        log.debug("seccomp filter flags: " + seccomp.flags());
      }
    }
  }

  /** What takes more than one word is every CPU that there may be. */
  private static void affinity(Log log, long[] words) {
    if (words.length == 1) {
      log.debug("nsexec: affinity: 0x" + Long.toHexString(words[0]));
    }
  }

  /** Its process is in the container. */
  static void isInside(Log log) {
    log.debug("child process in init()");
  }

  /** A container's init waits for start, or runs. */
  static void initIsReady(Log log) {
    log.debug("init: closing the pipe to signal completion");
  }

  /** A further process runs. */
  static void runs(Log log) {
    log.debug("setns_init: about to exec");
  }
}
