package dev.carafe.runtime.spec;

import java.util.Objects;

/**
 * A condition on one argument of a system call.
 *
 * @param index which argument, 0 to 5
 * @param value what it is compared with, unsigned; the mask for MASKED_EQ
 * @param valueTwo the masked value for MASKED_EQ, unsigned
 * @param op the comparison
 */
public record SeccompArg(int index, @Uint64 long value, @Uint64 long valueTwo, Op op) {
  public SeccompArg {
    Objects.requireNonNull(op, "op");
  }

  /** Comparisons. */
  public enum Op {
    SCMP_CMP_NE,
    SCMP_CMP_LT,
    SCMP_CMP_LE,
    SCMP_CMP_EQ,
    SCMP_CMP_GE,
    SCMP_CMP_GT,
    SCMP_CMP_MASKED_EQ
  }
}
