package dev.carafe.runtime.plan;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads plans back, to print them and to test. */
public final class PlanDecoder {
  private PlanDecoder() {}

  /** Reads exactly one plan. */
  public static Plan decode(byte[] bytes) throws PlanFormatException {
    WireReader in = new WireReader(ByteBuffer.wrap(bytes));
    expect("magic", PlanEncoder.MAGIC, in.i32());
    expect("version", PlanEncoder.VERSION, in.u16());
    expect("reserved field", 0, in.u16());
    long count = in.u32();
    if (count > Plan.STEPS_MAX) {
      throw new PlanFormatException(count + " operations: expected at most " + Plan.STEPS_MAX);
    }
    expect("length", bytes.length, in.u32());
    List<Plan.Step> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try {
        steps.add(step(in));
      } catch (PlanFormatException e) {
        throw new PlanFormatException("operation " + i + ": " + e.getMessage());
      }
    }
    expect("trailing bytes", 0, in.remaining());
    return new Plan(steps);
  }

  private static Plan.Step step(WireReader in) throws PlanFormatException {
    int code = in.u16();
    int flags = in.u16();
    Opcode opcode = Opcode.find(code);
    if (opcode == null) {
      throw new PlanFormatException("unknown code " + code);
    }
    if ((flags & ~PlanEncoder.MAY_FAIL) != 0) {
      throw new PlanFormatException(opcode + ": unknown flags " + flags);
    }
    long length = in.u32();
    if (length > in.remaining()) {
      throw new PlanFormatException(opcode + ": cut off");
    }
    WireReader payload = in.part((int) length);
    List<Object> values = new ArrayList<>();
    for (Opcode.Field field : opcode.fields()) {
      values.add(field.type().read(payload, field.javaType()));
    }
    expect(opcode + ": trailing bytes", 0, payload.remaining());
    return new Plan.Step(opcode.create(values), flags == PlanEncoder.MAY_FAIL);
  }

  private static void expect(String what, long expected, long found) throws PlanFormatException {
    if (expected != found) {
      throw new PlanFormatException(what + " " + found + ": expected " + expected);
    }
  }
}
