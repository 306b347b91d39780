package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Collects operations and hands out slots. Not thread-safe: one a compilation. */
final class PlanBuilder {
  private static final int SLOTS = 256;

  private final List<Plan.Step> steps = new ArrayList<>();
  private final BitSet used = new BitSet(SLOTS);

  /** Slot 0 belongs to the shim: a target container's pidfd. */
  PlanBuilder() {
    used.set(0);
  }

  void add(Op op) {
    steps.add(new Plan.Step(op, false));
  }

  void addMayFail(Op op, boolean mayFail) {
    steps.add(new Plan.Step(op, mayFail));
  }

  /** A free slot. */
  int slot() throws SpecException {
    int slot = used.nextClearBit(1);
    if (slot >= SLOTS) {
      throw new SpecException(
          "mounts", "needs more than " + (SLOTS - 1) + " descriptors at once: use fewer mounts");
    }
    used.set(slot);
    return slot;
  }

  /** Closes a slot, which is free again. */
  void close(int slot) {
    add(new Op.Close(slot));
    used.clear(slot);
  }

  /** One write to a file of the host. */
  void write(String path, String data, boolean mayFail) throws SpecException {
    int slot = slot();
    add(new Op.Open(slot, path, OpFlags.OPEN_WRITE));
    addMayFail(new Op.Write(slot, data), mayFail);
    close(slot);
  }

  Plan build() {
    return new Plan(steps);
  }
}
