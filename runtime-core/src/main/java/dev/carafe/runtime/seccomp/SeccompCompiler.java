package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.linux.LibSeccomp;
import dev.carafe.runtime.linux.LibSeccomp.Comparison;
import dev.carafe.runtime.linux.LinuxException;
import dev.carafe.runtime.linux.MissingLibraryException;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SeccompAction;
import dev.carafe.runtime.spec.SeccompArg;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles OCI profiles (runtime-spec, config-linux.md, Seccomp) to BPF by libseccomp, behind a
 * prologue of our own for system calls that libseccomp is too old to know. Stateless; any thread.
 */
public final class SeccompCompiler {
  /** Changes whenever the same profile would compile to another program. */
  static final int VERSION = 2;

  private static final int EPERM = 1;
  private static final int MAX_ERRNO = 4095;
  private static final int TREE_FROM_RULES = 32;
  private static final int NEW_LISTENER = 8;

  /** Compiles one profile. */
  public SeccompProgram compile(Seccomp profile) {
    LibSeccomp library = library();
    int defaultAction = action(profile.defaultAction(), profile.defaultErrnoRet());
    List<Arch> archs = archs(profile, library);
    Prologue prologue = new Prologue(archs);
    try (LibSeccomp.Filter filter = library.filter(defaultAction)) {
      archs.forEach(arch -> filter.addArch(arch.token()));
      int rules = 0;
      for (SeccompSyscall rule : profile.syscalls()) {
        int action = action(rule.action(), rule.errnoRet());
        for (String name : rule.names()) {
          addRule(library, filter, prologue, name, action, defaultAction, rule.args());
          rules++;
        }
      }
      if (rules > TREE_FROM_RULES) {
        filter.optimize();
      }
      boolean refuses = refuses(profile.defaultAction());
      return new SeccompProgram(flags(profile), prologue.before(filter.export(), refuses));
    } catch (LinuxException e) {
      throw new SeccompException(
          SeccompException.Kind.INVALID, "seccomp profile: " + e.getMessage(), e);
    }
  }

  private static LibSeccomp library() {
    try {
      return LibSeccomp.get();
    } catch (MissingLibraryException e) {
      throw new SeccompException(
          SeccompException.Kind.UNAVAILABLE,
          "seccomp profiles need libseccomp 2.5: install it (Debian, Ubuntu: libseccomp2; Fedora:"
              + " libseccomp), or run the container unconfined: "
              + e.getMessage(),
          e);
    }
  }

  private static void addRule(
      LibSeccomp library,
      LibSeccomp.Filter filter,
      Prologue prologue,
      String name,
      int action,
      int defaultAction,
      List<SeccompArg> args) {
    prologue.mentioned(library, name);
    int number = library.resolve(library.nativeArch(), name);
    if (number == -1) {
      Integer known = NewSyscalls.number(name);
      if (known != null && action != defaultAction) {
        prologue.rule(known, action, args);
      }
      return;
    }
    // libseccomp refuses a rule that says what the default says.
    if (action == defaultAction) {
      return;
    }
    for (List<Comparison> all : alternatives(args)) {
      filter.addRule(action, number, all);
    }
  }

  /** Conditions on different arguments must all hold; several on one argument are alternatives. */
  static List<List<Comparison>> alternatives(List<SeccompArg> args) {
    Set<Integer> indexes = new HashSet<>();
    List<Comparison> all = new ArrayList<>();
    for (SeccompArg arg : args) {
      if (arg.index() < 0 || arg.index() > 5) {
        throw new SeccompException(
            SeccompException.Kind.INVALID,
            "seccomp argument index " + arg.index() + " is not in 0..5");
      }
      indexes.add(arg.index());
      all.add(new Comparison(arg.index(), operator(arg.op()), arg.value(), arg.valueTwo()));
    }
    return indexes.size() == all.size() ? List.of(all) : all.stream().map(List::of).toList();
  }

  /** The numbers of enum scmp_compare (seccomp.h). */
  private static int operator(SeccompArg.Op op) {
    return switch (op) {
      case SCMP_CMP_NE -> 1;
      case SCMP_CMP_LT -> 2;
      case SCMP_CMP_LE -> 3;
      case SCMP_CMP_EQ -> 4;
      case SCMP_CMP_GE -> 5;
      case SCMP_CMP_GT -> 6;
      case SCMP_CMP_MASKED_EQ -> 7;
    };
  }

  private static List<Arch> archs(Seccomp profile, LibSeccomp library) {
    Set<Arch> archs = new java.util.LinkedHashSet<>();
    archs.add(new Arch(library.nativeArch()));
    profile
        .architectures()
        .forEach(arch -> {
          String name = arch.name().substring("SCMP_ARCH_".length()).toLowerCase(Locale.ROOT);
          int token = library.archToken(name);
          if (token == 0) {
            throw new SeccompException(
                SeccompException.Kind.INVALID, "libseccomp does not know the architecture " + name);
          }
          archs.add(new Arch(token));
        });
    return List.copyOf(archs);
  }

  /** SECCOMP_RET_* with its data (linux/seccomp.h). */
  static int action(SeccompAction action, @Nullable Integer data) {
    int value = Objects.requireNonNullElse(data, EPERM);
    if (value < 0
        || value > 0xffff
        || (action == SeccompAction.SCMP_ACT_ERRNO && value > MAX_ERRNO)) {
      throw new SeccompException(
          SeccompException.Kind.INVALID, "errnoRet " + value + " is not in 0.." + MAX_ERRNO);
    }
    return switch (action) {
      case SCMP_ACT_KILL_PROCESS -> 0x80000000;
      case SCMP_ACT_KILL, SCMP_ACT_KILL_THREAD -> 0;
      case SCMP_ACT_TRAP -> 0x00030000;
      case SCMP_ACT_ERRNO -> 0x00050000 | value;
      case SCMP_ACT_NOTIFY -> 0x7fc00000;
      case SCMP_ACT_TRACE -> 0x7ff00000 | value;
      case SCMP_ACT_LOG -> 0x7ffc0000;
      case SCMP_ACT_ALLOW -> 0x7fff0000;
    };
  }

  private static boolean refuses(SeccompAction action) {
    return switch (action) {
      case SCMP_ACT_KILL,
          SCMP_ACT_KILL_THREAD,
          SCMP_ACT_KILL_PROCESS,
          SCMP_ACT_TRAP,
          SCMP_ACT_ERRNO ->
          true;
      case SCMP_ACT_NOTIFY, SCMP_ACT_TRACE, SCMP_ACT_LOG, SCMP_ACT_ALLOW -> false;
    };
  }

  /**
   * Absent flags are SPEC_ALLOW, which spares a container the price of the SSB mitigation. A
   * launcher has one thread, so TSYNC says nothing. A rule that notifies makes a listener.
   */
  static int flags(Seccomp profile) {
    boolean notifies =
        profile.syscalls().stream()
            .anyMatch(rule -> rule.action() == SeccompAction.SCMP_ACT_NOTIFY);
    int bits = notifies ? NEW_LISTENER : 0;
    if (profile.flags() == null) {
      return bits | Seccomp.Flag.SECCOMP_FILTER_FLAG_SPEC_ALLOW.bit();
    }
    for (Seccomp.Flag flag : profile.flags()) {
      bits |=
          switch (flag) {
            case SECCOMP_FILTER_FLAG_TSYNC -> 0;
            case SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV -> notifies ? flag.bit() : 0;
            default -> flag.bit();
          };
    }
    return bits;
  }
}
