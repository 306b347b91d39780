package dev.carafe.runtime.shim;

import java.io.IOException;

/** The shim answered a request with a failure. Immutable. */
public final class ShimException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Plan index of a failure that is not about a plan's operation. */
  public static final long NO_INDEX = 0xffff_ffffL;

  private final int errno;
  private final long planIndex;
  private final int opcode;
  private final long item;

  ShimException(int errno, long planIndex, int opcode, long item, String message) {
    super(message);
    this.errno = errno;
    this.planIndex = planIndex;
    this.opcode = opcode;
    this.item = item;
  }

  static ShimException decode(WireReader in) {
    return new ShimException(in.i32(), in.u32(), in.u16(), in.u32(), in.str());
  }

  /** The errno of the failed step (asm-generic numbers). */
  public int errno() {
    return errno;
  }

  /** Index of the failed operation in the launch plan, or {@link #NO_INDEX}. */
  public long planIndex() {
    return planIndex;
  }

  /** Code of the failed operation (native/opcodes.tsv), 0 if none. */
  public int opcode() {
    return opcode;
  }

  /** Index inside a list operation, else 0. */
  public long item() {
    return item;
  }
}
