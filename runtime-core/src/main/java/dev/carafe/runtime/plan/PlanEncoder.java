package dev.carafe.runtime.plan;

/** Writes plans as the launcher reads them (native/PROTOCOL.md section 2). */
public final class PlanEncoder {
  static final int MAGIC = 0x50465243;
  static final int VERSION = 1;
  static final int HEADER = 16;
  static final int BYTES_MAX = 4 << 20;
  static final int MAY_FAIL = 1;

  private PlanEncoder() {}

  /**
   * The plan's bytes.
   *
   * @throws IllegalArgumentException when a value does not fit the wire (a string with NUL, an id
   *     over 32 bits, more than 4 MiB); the message names operation and field
   */
  public static byte[] encode(Plan plan) {
    WireWriter out = new WireWriter();
    out.i32(MAGIC);
    out.u16(VERSION);
    out.u16(0);
    out.u32(plan.steps().size());
    out.u32(0);
    for (int i = 0; i < plan.steps().size(); i++) {
      write(out, i, plan.steps().get(i));
    }
    if (out.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "plan of " + out.size() + " bytes: expected at most " + BYTES_MAX);
    }
    out.putInt(12, out.size());
    return out.toByteArray();
  }

  private static void write(WireWriter out, int index, Plan.Step step) {
    Opcode opcode = step.op().opcode();
    out.u16(opcode.code());
    out.u16(step.mayFail() ? MAY_FAIL : 0);
    int length = out.size();
    out.u32(0);
    for (Opcode.Field field : opcode.fields()) {
      try {
        field.type().write(out, field.value(step.op()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "operation " + index + " " + opcode + " " + field.name() + ": " + e.getMessage(), e);
      }
    }
    out.putInt(length, out.size() - length - 4);
  }
}
