package dev.carafe.runtime.seccomp;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.SeccompAction;
import dev.carafe.runtime.spec.SeccompArch;
import dev.carafe.runtime.spec.SeccompSyscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The profile of containers that ask for the runtime's default: deny by default with EPERM, the
 * calls of default-profile.tsv allowed.
 */
public final class DefaultProfile {
  private static final int ENOSYS = 38;

  private static final List<SeccompArch> ARCHITECTURES =
      List.of(SeccompArch.SCMP_ARCH_X86_64, SeccompArch.SCMP_ARCH_X86, SeccompArch.SCMP_ARCH_X32);

  private DefaultProfile() {}

  /**
   * The profile of a container.
   *
   * @param capabilities its bounding set: what a process in it could ever have
   */
  public static Seccomp of(Set<Capability> capabilities) {
    List<SeccompSyscall> rules = new ArrayList<>();
    List<String> plain = new ArrayList<>();
    List<String> enosys = new ArrayList<>();
    byCall()
        .forEach((call, rows) -> {
          List<ProfileRow> apply =
              rows.stream().filter(row -> row.appliesTo(capabilities)).toList();
          if (apply.isEmpty() && rows.stream().anyMatch(ProfileRow::enosys)) {
            enosys.add(call);
          } else if (apply.stream().anyMatch(row -> row.condition() == null)) {
            plain.add(call);
          } else {
            apply.forEach(row -> rules.add(row.rule()));
          }
        });
    rules.addFirst(new SeccompSyscall(plain, SeccompAction.SCMP_ACT_ALLOW, null, List.of()));
    if (!enosys.isEmpty()) {
      rules.add(new SeccompSyscall(enosys, SeccompAction.SCMP_ACT_ERRNO, ENOSYS, List.of()));
    }
    return new Seccomp(SeccompAction.SCMP_ACT_ERRNO, null, ARCHITECTURES, null, null, null, rules);
  }

  private static Map<String, List<ProfileRow>> byCall() {
    Map<String, List<ProfileRow>> calls = new TreeMap<>();
    for (ProfileRow row : ProfileRow.table()) {
      calls.computeIfAbsent(row.call(), call -> new ArrayList<>()).add(row);
    }
    return calls;
  }
}
