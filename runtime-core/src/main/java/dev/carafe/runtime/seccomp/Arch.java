package dev.carafe.runtime.seccomp;

/**
 * An architecture of a filter, by libseccomp's token. For all but x32 the token is what the kernel
 * calls the architecture (AUDIT_ARCH_*); x32 is x86_64 with a bit in the call's number.
 */
record Arch(int token) {
  static final int X86_64 = 0xc000003e;
  static final int X32 = 0x4000003e;
  static final int X32_BIT = 0x40000000;

  /** What seccomp_data.arch says. */
  int audit() {
    return token == X32 ? X86_64 : token;
  }

  /** What the number of a call has above the number in the table of new calls. */
  int numberBit() {
    return token == X32 ? X32_BIT : 0;
  }
}
