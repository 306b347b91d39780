package dev.carafe.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SeccompAction;
import dev.carafe.runtime.spec.SeccompArch;
import dev.carafe.runtime.spec.SeccompArg;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Compiled rules on the real kernel: what libseccomp makes of them, and what our own BPF does. */
final class SeccompCompilerIT {
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;
  private static final int TAGGED = 77;

  @TempDir private static Path dir;
  private static SeccompProbe probe;

  @BeforeAll
  static void build() throws Exception {
    probe = SeccompProbe.build(dir);
  }

  private static SeccompProgram allowAllBut(List<SeccompArch> archs, SeccompSyscall... rules) {
    return compile(SeccompAction.SCMP_ACT_ALLOW, archs, List.of(rules));
  }

  private static SeccompProgram compile(
      SeccompAction action, List<SeccompArch> archs, List<SeccompSyscall> rules) {
    return new SeccompCompiler().compile(new Seccomp(action, null, archs, null, null, null, rules));
  }

  private static SeccompSyscall tag(String name, SeccompArg... args) {
    return new SeccompSyscall(List.of(name), SeccompAction.SCMP_ACT_ERRNO, TAGGED, List.of(args));
  }

  /** getpid is known to libseccomp, mseal only to us; the operators must mean the same in both. */
  @ParameterizedTest
  @EnumSource(SeccompArg.Op.class)
  void operatorsAgreeWithArithmetic(SeccompArg.Op op) throws Exception {
    long[] operands = {0, 1, 5, 0xffffffffL, 0x100000000L, 0x500000005L, -1L, Long.MIN_VALUE};
    for (long operand : operands) {
      SeccompArg arg = new SeccompArg(1, operand, operand & 0x500000004L, op);
      SeccompProgram program = allowAllBut(List.of(), tag("gettid", arg), tag("mseal", arg));
      List<String> calls = new ArrayList<>();
      List<Integer> expected = new ArrayList<>();
      for (long value : operands) {
        calls.add("186,0," + Long.toUnsignedString(value));
        calls.add("462,0," + Long.toUnsignedString(value) + ",1");
        boolean matches = matches(op, value, operand, operand & 0x500000004L);
        expected.add(matches ? TAGGED : 0);
        expected.add(matches ? TAGGED : 22);
      }
      assertThat(probe.errnos(program, calls.toArray(String[]::new)))
          .as("%s %x", op, operand)
          .isEqualTo(expected);
    }
  }

  private static boolean matches(SeccompArg.Op op, long value, long a, long b) {
    int order = Long.compareUnsigned(value, a);
    return switch (op) {
      case SCMP_CMP_NE -> order != 0;
      case SCMP_CMP_LT -> order < 0;
      case SCMP_CMP_LE -> order <= 0;
      case SCMP_CMP_EQ -> order == 0;
      case SCMP_CMP_GE -> order >= 0;
      case SCMP_CMP_GT -> order > 0;
      case SCMP_CMP_MASKED_EQ -> (value & a) == b;
    };
  }

  @ParameterizedTest
  @CsvSource({"gettid, 186, 0", "mseal, 462, 22"})
  void conditionsOnSeveralArgumentsMustAllHold(String name, int number, int allowed)
      throws Exception {
    SeccompProgram program =
        allowAllBut(
            List.of(),
            tag(
                name,
                new SeccompArg(0, 3, 0, SeccompArg.Op.SCMP_CMP_GT),
                new SeccompArg(2, 9, 0, SeccompArg.Op.SCMP_CMP_EQ)));
    assertThat(probe.errnos(program, number + ",4,1,9", number + ",4,1,8", number + ",3,1,9"))
        .containsExactly(TAGGED, allowed, allowed);
  }

  @ParameterizedTest
  @CsvSource({"gettid, 186, 0", "mseal, 462, 22"})
  void conditionsOnOneArgumentAreAlternatives(String name, int number, int allowed)
      throws Exception {
    SeccompProgram program =
        allowAllBut(
            List.of(),
            tag(
                name,
                new SeccompArg(0, 3, 0, SeccompArg.Op.SCMP_CMP_EQ),
                new SeccompArg(0, 5, 0, SeccompArg.Op.SCMP_CMP_EQ)));
    assertThat(probe.errnos(program, number + ",3,1,1", number + ",4,1,1", number + ",5,1,1"))
        .containsExactly(TAGGED, allowed, TAGGED);
  }

  private static final SeccompSyscall SURVIVE =
      new SeccompSyscall(
          List.of("write", "exit_group", "read"), SeccompAction.SCMP_ACT_ALLOW, null, List.of());

  @Test
  void callsNewerThanTheProfileAreMissingOlderOnesForbidden() throws Exception {
    SeccompSyscall newest =
        new SeccompSyscall(List.of("statx"), SeccompAction.SCMP_ACT_ALLOW, null, List.of());
    SeccompProgram program =
        compile(SeccompAction.SCMP_ACT_ERRNO, List.of(), List.of(SURVIVE, newest));
    // 330 pkey_alloc, 332 statx, 334 rseq, 462 mseal.
    assertThat(probe.errnos(program, "330,0,0", "332,-1,0,0,0,0", "334,0", "462,0,0,0"))
        .containsExactly(EPERM, 14, ENOSYS, ENOSYS);
  }

  @Test
  void aNewCallThatTheProfileAllowsIsAllowedInEveryArchitecture() throws Exception {
    SeccompSyscall rule =
        new SeccompSyscall(
            List.of("mseal", "mseal"), SeccompAction.SCMP_ACT_ALLOW, null, List.of());
    SeccompProgram program =
        compile(
            SeccompAction.SCMP_ACT_ERRNO,
            List.of(SeccompArch.SCMP_ARCH_X86, SeccompArch.SCMP_ARCH_X32),
            List.of(SURVIVE, SURVIVE, rule));
    assertThat(probe.errnos(program, "462,1,0,0", "461,0", "i461,0", "463,0"))
        .containsExactly(22, EPERM, EPERM, ENOSYS);
    assertThat(probe.errno(program, "i462,1,0,0")).isIn(22, ENOSYS);
  }

  @Test
  void aNameThatNobodyKnowsIsLeftOut() throws Exception {
    SeccompProgram program = allowAllBut(List.of(), tag("no_such_call"), tag("gettid"));
    assertThat(probe.errno(program, "186")).isEqualTo(TAGGED);
  }

  @Test
  void aRuleThatNotifiesMakesAListener() {
    SeccompSyscall notify =
        new SeccompSyscall(List.of("mkdir"), SeccompAction.SCMP_ACT_NOTIFY, null, List.of());
    assertThat(allowAllBut(List.of(), notify).flags() & 8).isEqualTo(8);
    assertThat(allowAllBut(List.of(), tag("gettid")).flags() & 8).isZero();
  }
}
