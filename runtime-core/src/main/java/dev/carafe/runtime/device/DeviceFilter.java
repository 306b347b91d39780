package dev.carafe.runtime.device;

import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compiles device rules into the program that decides on each opening and making of a device node
 * in a cgroup v2 (kernel: Documentation/admin-guide/cgroup-v2.rst, "Device controller").
 *
 * <p>Each of read, write and mknod is decided by the last rule that names the device and that
 * access; what no rule names is refused. So the program walks the rules from the last to the first,
 * and ends when every access asked for is allowed, or one is refused.
 */
public final class DeviceFilter {
  // struct bpf_cgroup_dev_ctx of linux/bpf.h: access in the upper, type in the lower half word.
  private static final int ACCESS_AND_TYPE = 0;
  private static final int MAJOR = 4;
  private static final int MINOR = 8;
  private static final int TYPE_MASK = 0xffff;
  private static final int ACCESS_SHIFT = 16;

  static final int BLOCK = 1;
  static final int CHAR = 2;
  static final int MKNOD = 1;
  static final int READ = 2;
  static final int WRITE = 4;
  private static final int EVERY_ACCESS = MKNOD | READ | WRITE;

  private static final int ALLOWED = 1;
  private static final int REFUSED = 0;

  /** Instructions of an answer, and of a decision with its answer. */
  private static final int ANSWER = 2;

  private static final int DECISION = 2 + ANSWER;

  private final BpfProgram program = new BpfProgram();

  private DeviceFilter() {}

  /**
   * The program of rules in their order.
   *
   * @return instructions for {@code BpfCalls.decideDevices}
   * @throws DeviceException for a rule without meaning
   */
  public static byte[] compile(List<DeviceRule> rules) {
    return new DeviceFilter().all(rules);
  }

  /** Whether the rules refuse nothing. */
  public static boolean allowsEverything(List<DeviceRule> rules) {
    int decided = 0;
    for (DeviceRule rule : rules.reversed()) {
      if (!rule.allow()) {
        return false;
      }
      decided |= everyDevice(rule) ? access(rule) : 0;
      if (decided == EVERY_ACCESS) {
        return true;
      }
    }
    return false;
  }

  private byte[] all(List<DeviceRule> rules) {
    program.load(BpfProgram.R2, BpfProgram.R1, ACCESS_AND_TYPE);
    program.move(BpfProgram.R3, BpfProgram.R2);
    program.and(BpfProgram.R2, TYPE_MASK);
    program.shiftRight(BpfProgram.R3, ACCESS_SHIFT);
    program.load(BpfProgram.R4, BpfProgram.R1, MAJOR);
    program.load(BpfProgram.R5, BpfProgram.R1, MINOR);
    for (DeviceRule rule : rules.reversed()) {
      if (everyDevice(rule) && access(rule) == EVERY_ACCESS) {
        // The kernel refuses a program with instructions that are never reached.
        program.answer(rule.allow() ? ALLOWED : REFUSED);
        return program.bytes();
      }
      add(rule);
    }
    program.answer(REFUSED);
    return program.bytes();
  }

  /** Compares, then decides; what does not compare jumps over the rest of the rule. */
  private void add(DeviceRule rule) {
    int type = type(rule);
    Long major = number("major", rule.major());
    Long minor = number("minor", rule.minor());
    int left = (type == 0 ? 0 : 1) + (major == null ? 0 : 1) + (minor == null ? 0 : 1) + DECISION;
    if (type != 0) {
      program.skipUnlessEqual(BpfProgram.R2, type, --left);
    }
    if (major != null) {
      program.skipUnlessEqual(BpfProgram.R4, major.intValue(), --left);
    }
    if (minor != null) {
      program.skipUnlessEqual(BpfProgram.R5, minor.intValue(), --left);
    }
    decide(rule.allow(), access(rule));
  }

  /** R3 holds the accesses that no later rule has allowed. */
  private void decide(boolean allow, int access) {
    if (allow) {
      program.and(BpfProgram.R3, EVERY_ACCESS & ~access);
      program.skipIfAnyBit(BpfProgram.R3, EVERY_ACCESS, ANSWER);
      program.answer(ALLOWED);
    } else {
      program.skipIfAnyBit(BpfProgram.R3, access, 1);
      program.skip(ANSWER);
      program.answer(REFUSED);
    }
  }

  private static boolean everyDevice(DeviceRule rule) {
    return type(rule) == 0
        && number("major", rule.major()) == null
        && number("minor", rule.minor()) == null;
  }

  /** The kernel's type, 0 for both. */
  private static int type(DeviceRule rule) {
    return switch (Objects.requireNonNullElse(rule.type(), Device.Type.ALL)) {
      case ALL -> 0;
      case BLOCK -> BLOCK;
      case CHAR, UNBUFFERED -> CHAR;
      case FIFO -> throw new DeviceException("a device rule for a FIFO has no meaning");
    };
  }

  /** A number of a rule; null for every number. */
  private static @Nullable Long number(String field, @Nullable Long number) {
    if (number == null || number < 0) {
      return null;
    }
    if (number > 0xffff_ffffL) {
      throw new DeviceException(
          "a device rule's %s number %d is too large: expected at most %d"
              .formatted(field, number, 0xffff_ffffL));
    }
    return number;
  }

  private static int access(DeviceRule rule) {
    int access = 0;
    for (char letter : rule.letters().toCharArray()) {
      access |=
          switch (letter) {
            case 'r' -> READ;
            case 'w' -> WRITE;
            default -> MKNOD;
          };
    }
    return access;
  }
}
