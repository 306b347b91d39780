package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.linux.LibSeccomp;
import dev.carafe.runtime.spec.SeccompArg;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a program that runs before libseccomp's: rules for calls that libseccomp does not
 * know, and ENOSYS for calls newer than the newest one that the profile mentions. A C library that
 * meets EPERM from a call unknown to the profile's author gives up; ENOSYS makes it fall back.
 */
final class Prologue {
  private static final int ENOSYS_ACTION = 0x00050000 | 38;

  private record Rule(int number, int action, List<SeccompArg> args) {}

  private final List<Arch> archs;
  private final List<Rule> rules = new ArrayList<>();
  private final Map<Arch, Integer> newest = new HashMap<>();

  Prologue(List<Arch> archs) {
    this.archs = List.copyOf(archs);
  }

  /** Takes note that the profile's author knew this call. */
  void mentioned(LibSeccomp library, String name) {
    Integer known = NewSyscalls.number(name);
    for (Arch arch : archs) {
      int resolved = library.resolve(arch.token(), name);
      int number = resolved < 0 && known != null ? known | arch.numberBit() : resolved;
      if (number >= 0) {
        newest.merge(arch, number, Math::max);
      }
    }
  }

  /** Adds a rule for a call of {@link NewSyscalls}. */
  void rule(int number, int action, List<SeccompArg> args) {
    rules.add(new Rule(number, action, List.copyOf(args)));
  }

  /**
   * Puts the prologue before a program.
   *
   * @param enosys whether calls newer than the profile give ENOSYS
   */
  byte[] before(byte[] program, boolean enosys) {
    Bpf bpf = new Bpf();
    for (Arch arch : archs) {
      bpf.append(block(arch, enosys));
    }
    byte[] own = bpf.bytes();
    return ByteBuffer.allocate(own.length + program.length).put(own).put(program).array();
  }

  /** Leaves the program to the next block when the architecture is another or nothing matches. */
  private Bpf block(Arch arch, boolean enosys) {
    Bpf body = new Bpf();
    for (Rule rule : rules) {
      body.append(RuleBpf.of(rule.number() | arch.numberBit(), rule.action(), rule.args()));
    }
    Integer last = newest.get(arch);
    if (enosys && last != null) {
      body.loadNumber();
      body.returnIfAbove(last, ENOSYS_ACTION);
    }
    return body.length() == 0 ? body : guarded(arch, body);
  }

  private Bpf guarded(Arch arch, Bpf body) {
    Bpf guard = new Bpf();
    guard.loadArch();
    guard.skipUnlessEqual(arch.audit(), skipOver(arch, body));
    if (arch.audit() == Arch.X86_64) {
      guard.loadNumber();
      if (arch.token() == Arch.X32) {
        guard.skipUnlessAtLeast(Arch.X32_BIT, body.length());
      } else {
        guard.skipIfAtLeast(Arch.X32_BIT, body.length());
      }
    }
    guard.append(body);
    return guard;
  }

  /** The number check of x86_64 and x32 is three instructions: a load, a test, a jump. */
  private static int skipOver(Arch arch, Bpf body) {
    return body.length() + (arch.audit() == Arch.X86_64 ? 3 : 0);
  }
}
