package dev.carafe.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.SeccompArg;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProfileRowTest {
  @Test
  void readsConditions() {
    assertThat(ProfileRow.parse("clone\t-\ta0 & 0x7e020000 == 0\t-").condition())
        .isEqualTo(new SeccompArg(0, 0x7e020000L, 0, SeccompArg.Op.SCMP_CMP_MASKED_EQ));
    assertThat(ProfileRow.parse("socket\t-\ta0 != 40\t-").condition())
        .isEqualTo(new SeccompArg(0, 40, 0, SeccompArg.Op.SCMP_CMP_NE));
    assertThat(ProfileRow.parse("clone3\tSYS_ADMIN\t-\tENOSYS"))
        .isEqualTo(new ProfileRow("clone3", Capability.SYS_ADMIN, null, true));
    assertThatThrownBy(() -> ProfileRow.parse("x\t-\ta9 == 1\t-")).hasMessageContaining("a9 == 1");
    assertThatThrownBy(() -> ProfileRow.parse("x\t-")).hasMessageContaining("four columns");
  }

  /** A misspelt name would silently refuse the call everywhere. */
  @Test
  void everyCallIsOneThatSomebodyKnows() {
    dev.carafe.runtime.linux.LibSeccomp library = dev.carafe.runtime.linux.LibSeccomp.get();
    assertThat(ProfileRow.table())
        .extracting(ProfileRow::call)
        .allMatch(call ->
            NewSyscalls.number(call) != null || library.resolve(library.nativeArch(), call) != -1);
  }

  @Test
  void moreCapabilitiesNeverAllowLess() {
    Set<Capability> none = Set.of();
    Set<Capability> all = EnumSet.allOf(Capability.class);
    assertThat(DefaultProfile.of(all).syscalls().getFirst().names())
        .containsAll(DefaultProfile.of(none).syscalls().getFirst().names())
        .contains("clone", "clone3", "mount", "keyctl", "ptrace")
        .doesNotContain("io_uring_setup");
  }
}
