package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.linux.LibSeccomp.Comparison;
import dev.carafe.runtime.spec.SeccompArg;
import java.util.List;

/** One rule as BPF of our own: falls through when it does not match. */
final class RuleBpf {
  private static final int NE = 1;
  private static final int LT = 2;
  private static final int LE = 3;
  private static final int EQ = 4;
  private static final int GE = 5;
  private static final int GT = 6;
  private static final int MASKED_EQ = 7;

  private RuleBpf() {}

  /** Returns the action when the call has this number and the conditions hold. */
  static Bpf of(int number, int action, List<SeccompArg> args) {
    Bpf body = new Bpf();
    for (List<Comparison> all : SeccompCompiler.alternatives(args)) {
      body.append(allOf(all, action));
    }
    Bpf rule = new Bpf();
    rule.loadNumber();
    rule.skipUnlessEqual(number, body.length());
    rule.append(body);
    return rule;
  }

  /** Built from the last condition to the first, so that each knows how far it is to the end. */
  private static Bpf allOf(List<Comparison> all, int action) {
    Bpf tail = new Bpf();
    tail.returnAction(action);
    for (Comparison one : all.reversed()) {
      Bpf test = test(one, tail.length());
      test.append(tail);
      tail = test;
    }
    return tail;
  }

  /** Goes on with the next instruction when the condition holds, else skips {@code rest} more. */
  private static Bpf test(Comparison one, int rest) {
    int upper = (int) (one.a() >>> 32);
    int lower = (int) one.a();
    return switch (one.operator()) {
      case EQ -> equal(one.index(), -1, upper, -1, lower, rest);
      case NE -> notEqual(one.index(), upper, lower, rest);
      case GT -> above(one.index(), upper, lower, rest, true);
      case LE -> above(one.index(), upper, lower, rest, false);
      case GE -> one.a() == 0 ? new Bpf() : above(one.index(), before(one), rest, true);
      case LT -> one.a() == 0 ? never(rest) : above(one.index(), before(one), rest, false);
      case MASKED_EQ ->
          equal(one.index(), upper, (int) (one.b() >>> 32), lower, (int) one.b(), rest);
      default -> throw new IllegalArgumentException("operator " + one.operator());
    };
  }

  private static long before(Comparison one) {
    return one.a() - 1;
  }

  private static Bpf never(int rest) {
    Bpf bpf = new Bpf();
    bpf.loadNumber();
    bpf.ifEqual(0, rest, rest);
    return bpf;
  }

  private static Bpf equal(
      int index, int upperMask, int upper, int lowerMask, int lower, int rest) {
    Bpf bpf = new Bpf();
    bpf.loadArg(index, true);
    bpf.and(upperMask);
    bpf.ifEqual(upper, 0, rest + 3);
    bpf.loadArg(index, false);
    bpf.and(lowerMask);
    bpf.ifEqual(lower, 0, rest);
    return bpf;
  }

  private static Bpf notEqual(int index, int upper, int lower, int rest) {
    Bpf bpf = new Bpf();
    bpf.loadArg(index, true);
    bpf.ifEqual(upper, 0, 2);
    bpf.loadArg(index, false);
    bpf.ifEqual(lower, rest, 0);
    return bpf;
  }

  private static Bpf above(int index, long bound, int rest, boolean wanted) {
    return above(index, (int) (bound >>> 32), (int) bound, rest, wanted);
  }

  /** Upper words decide unless they are equal. */
  private static Bpf above(int index, int upper, int lower, int rest, boolean wanted) {
    Bpf bpf = new Bpf();
    bpf.loadArg(index, true);
    bpf.ifAbove(upper, wanted ? 3 : rest + 3, 0);
    bpf.ifEqual(upper, 0, wanted ? rest + 2 : 2);
    bpf.loadArg(index, false);
    bpf.ifAbove(lower, wanted ? 0 : rest, wanted ? rest : 0);
    return bpf;
  }
}
