package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Scheduling attributes, as sched_setattr(2).
 *
 * @param policy scheduling policy
 * @param nice -20 to 19, for SCHED_OTHER and SCHED_BATCH
 * @param priority 1 to 99, for SCHED_FIFO and SCHED_RR
 * @param flags behaviour flags
 * @param runtime ns, for SCHED_DEADLINE
 * @param deadline ns, for SCHED_DEADLINE
 * @param period ns, for SCHED_DEADLINE
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Scheduler(
    Policy policy,
    @Nullable Integer nice,
    @Nullable Integer priority,
    List<Flag> flags,
    @Uint64 @Nullable Long runtime,
    @Uint64 @Nullable Long deadline,
    @Uint64 @Nullable Long period) {
  public Scheduler {
    Objects.requireNonNull(policy, "policy");
    flags = Values.list(flags);
  }

  /** Policies with the kernel's numbers. */
  public enum Policy {
    SCHED_OTHER(0),
    SCHED_FIFO(1),
    SCHED_RR(2),
    SCHED_BATCH(3),
    SCHED_ISO(4),
    SCHED_IDLE(5),
    SCHED_DEADLINE(6);

    private final int number;

    Policy(int number) {
      this.number = number;
    }

    /** The kernel's number. */
    public int number() {
      return number;
    }
  }

  /** Flags with the kernel's bits. */
  public enum Flag {
    SCHED_FLAG_RESET_ON_FORK(1),
    SCHED_FLAG_RECLAIM(2),
    SCHED_FLAG_DL_OVERRUN(4),
    SCHED_FLAG_KEEP_POLICY(8),
    SCHED_FLAG_KEEP_PARAMS(16),
    SCHED_FLAG_UTIL_CLAMP_MIN(32),
    SCHED_FLAG_UTIL_CLAMP_MAX(64);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
      return bit;
    }
  }
}
