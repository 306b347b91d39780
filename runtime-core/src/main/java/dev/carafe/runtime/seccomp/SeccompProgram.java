package dev.carafe.runtime.seccomp;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A compiled filter, ready for seccomp(SECCOMP_SET_MODE_FILTER).
 *
 * @param flags SECCOMP_FILTER_FLAG_* for the call
 * @param filter an array of struct sock_filter, 8 bytes each, at most 4096; not copied, do not
 *     change
 */
@SuppressWarnings("ArrayRecordComponent") // equals, hashCode and toString go by content.
public record SeccompProgram(int flags, byte[] filter) {
  static final int INSTRUCTION_BYTES = 8;
  private static final int MAX_INSTRUCTIONS = 4096;

  public SeccompProgram {
    int count = filter.length / INSTRUCTION_BYTES;
    if (filter.length % INSTRUCTION_BYTES != 0 || count == 0 || count > MAX_INSTRUCTIONS) {
      throw new SeccompException(
          SeccompException.Kind.INVALID,
          "a seccomp program of "
              + filter.length
              + " bytes: the kernel takes 1 to 4096 instructions of 8 bytes; use fewer rules");
    }
  }

  /** How many instructions it has. */
  public int length() {
    return filter.length / INSTRUCTION_BYTES;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeccompProgram(int otherFlags, byte[] otherFilter)
        && flags == otherFlags
        && Arrays.equals(filter, otherFilter);
  }

  @Override
  public int hashCode() {
    return 31 * flags + Arrays.hashCode(filter);
  }

  @Override
  public String toString() {
    return "SeccompProgram[flags=" + flags + ", filter=" + HexFormat.of().formatHex(filter) + "]";
  }
}
