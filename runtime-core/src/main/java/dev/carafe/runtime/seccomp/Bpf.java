package dev.carafe.runtime.seccomp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Classic BPF over struct seccomp_data, as far as the prologue needs it (linux/filter.h). */
final class Bpf {
  private static final int LOAD_WORD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP = 0x05;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_ABOVE = 0x25;
  private static final int JUMP_AT_LEAST = 0x35;
  private static final int RETURN = 0x06;
  private static final int ARGS = 16;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  int length() {
    return out.size() / SeccompProgram.INSTRUCTION_BYTES;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  void append(Bpf other) {
    out.writeBytes(other.bytes());
  }

  void loadNumber() {
    add(LOAD_WORD, 0, 0, 0);
  }

  void loadArch() {
    add(LOAD_WORD, 0, 0, 4);
  }

  /** Loads the lower or upper 32 bits of an argument (little-endian machines). */
  void loadArg(int index, boolean upper) {
    add(LOAD_WORD, 0, 0, ARGS + 8 * index + (upper ? 4 : 0));
  }

  void and(int mask) {
    add(AND, 0, 0, mask);
  }

  void returnAction(int action) {
    add(RETURN, 0, 0, action);
  }

  void returnIfAbove(int value, int action) {
    add(JUMP_ABOVE, 0, 1, value);
    returnAction(action);
  }

  /** Two instructions: a skip may be longer than the 255 that a conditional jump reaches. */
  void skipUnlessEqual(int value, int count) {
    add(JUMP_EQUAL, 1, 0, value);
    add(JUMP, 0, 0, count);
  }

  void skipUnlessAtLeast(int value, int count) {
    add(JUMP_AT_LEAST, 1, 0, value);
    add(JUMP, 0, 0, count);
  }

  void skipIfAtLeast(int value, int count) {
    add(JUMP_AT_LEAST, 0, 1, value);
    add(JUMP, 0, 0, count);
  }

  /** Jumps of at most 255 instructions, by the outcome of equality. */
  void ifEqual(int value, int whenTrue, int whenFalse) {
    add(JUMP_EQUAL, whenTrue, whenFalse, value);
  }

  /** Jumps of at most 255 instructions, by the outcome of an unsigned comparison. */
  void ifAbove(int value, int whenTrue, int whenFalse) {
    add(JUMP_ABOVE, whenTrue, whenFalse, value);
  }

  private void add(int code, int whenTrue, int whenFalse, int operand) {
    byte[] instruction =
        ByteBuffer.allocate(SeccompProgram.INSTRUCTION_BYTES)
            .order(ByteOrder.nativeOrder())
            .putShort((short) code)
            .put((byte) whenTrue)
            .put((byte) whenFalse)
            .putInt(operand)
            .array();
    out.writeBytes(instruction);
  }
}
