package dev.carafe.runtime.plan;

import java.util.Objects;

/**
 * A compiled seccomp filter.
 *
 * @param flags SECCOMP_FILTER_FLAG_* bits
 * @param program the BPF program: 8 bytes an instruction
 */
public record SeccompFilter(long flags, Blob program) {
  public SeccompFilter {
    Objects.requireNonNull(program, "program");
    if (program.size() == 0 || program.size() % 8 != 0) {
      throw new IllegalArgumentException(
          "seccomp program of " + program.size() + " bytes: expected a multiple of 8, at least 8");
    }
  }
}
