package dev.carafe.runtime.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A BPF program under construction: the few instructions that a device filter needs (kernel:
 * Documentation/bpf/standardization/instruction-set.rst). Comparisons are of 32 bits. Not
 * thread-safe.
 */
final class BpfProgram {
  static final int BYTES = 8;

  /** Where the context is at the start, and what the program returns. */
  static final int R0 = 0;

  static final int R1 = 1;
  static final int R2 = 2;
  static final int R3 = 3;
  static final int R4 = 4;
  static final int R5 = 5;

  private static final int LOAD_WORD = 0x61;
  private static final int AND32 = 0x54;
  private static final int SHIFT_RIGHT32 = 0x74;
  private static final int MOVE32 = 0xbc;
  private static final int MOVE_NUMBER32 = 0xb4;
  private static final int JUMP = 0x05;
  private static final int JUMP_NOT_EQUAL32 = 0x56;
  private static final int JUMP_IF_BITS32 = 0x46;
  private static final int EXIT = 0x95;

  private record Instruction(int code, int target, int source, int offset, int number) {}

  private final List<Instruction> instructions = new ArrayList<>();

  void load(int target, int base, int offset) {
    add(LOAD_WORD, target, base, offset, 0);
  }

  void move(int target, int source) {
    add(MOVE32, target, source, 0, 0);
  }

  void and(int target, int number) {
    add(AND32, target, 0, 0, number);
  }

  void shiftRight(int target, int bits) {
    add(SHIFT_RIGHT32, target, 0, 0, bits);
  }

  /** Skips instructions unless the register has this value. */
  void skipUnlessEqual(int register, int number, int instructionsSkipped) {
    add(JUMP_NOT_EQUAL32, register, 0, instructionsSkipped, number);
  }

  /** Skips instructions if the register has any of these bits. */
  void skipIfAnyBit(int register, int bits, int instructionsSkipped) {
    add(JUMP_IF_BITS32, register, 0, instructionsSkipped, bits);
  }

  /** Skips instructions. */
  void skip(int instructionsSkipped) {
    add(JUMP, 0, 0, instructionsSkipped, 0);
  }

  /** Ends the program with a value. */
  void answer(int value) {
    add(MOVE_NUMBER32, R0, 0, 0, value);
    add(EXIT, 0, 0, 0, 0);
  }

  private void add(int code, int target, int source, int offset, int number) {
    instructions.add(new Instruction(code, target, source, offset, number));
  }

  /** Instructions in this machine's byte order (bit fields of little-endian machines). */
  byte[] bytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(instructions.size() * BYTES).order(ByteOrder.nativeOrder());
    for (Instruction one : instructions) {
      bytes.put((byte) one.code());
      bytes.put((byte) (one.target() | one.source() << 4));
      bytes.putShort((short) one.offset());
      bytes.putInt(one.number());
    }
    return bytes.array();
  }
}
