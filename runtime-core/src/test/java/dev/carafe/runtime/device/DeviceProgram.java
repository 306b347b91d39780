package dev.carafe.runtime.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Executes the few BPF instructions of device filters, and fails at any other. */
final class DeviceProgram {
  private DeviceProgram() {}

  /** Whether the program allows it. */
  static boolean run(byte[] program, int type, int access, long major, long minor) {
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
    int[] context = {access << 16 | type, (int) major, (int) minor};
    int[] registers = new int[6];
    int at = 0;
    while (true) {
      int base = at * BpfProgram.BYTES;
      int target = code.get(base + 1) & 0xf;
      int source = code.get(base + 1) >> 4;
      int offset = code.getShort(base + 2);
      int number = code.getInt(base + 4);
      at++;
      switch (code.get(base) & 0xff) {
        case 0x61 -> registers[target] = context[offset / Integer.BYTES];
        case 0xbc -> registers[target] = registers[source];
        case 0xb4 -> registers[target] = number;
        case 0x54 -> registers[target] &= number;
        case 0x74 -> registers[target] >>>= number;
        case 0x05 -> at += offset;
        case 0x56 -> at += registers[target] != number ? offset : 0;
        case 0x46 -> at += (registers[target] & number) != 0 ? offset : 0;
        case 0x95 -> {
          return registers[0] == 1;
        }
        default -> throw new AssertionError("instruction " + (code.get(base) & 0xff));
      }
    }
  }
}
