package dev.carafe.runtime.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Capability;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The default profile on the real kernel. Root makes the calls, so EPERM comes from the filter. */
final class DefaultProfileIT {
  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  @TempDir private static Path dir;
  private static SeccompProbe probe;

  @BeforeAll
  static void build() throws Exception {
    probe = SeccompProbe.build(dir);
  }

  private static SeccompProgram program(Capability... lifted) {
    Set<Capability> capabilities = EnumSet.of(Capability.CHOWN, Capability.NET_BIND_SERVICE);
    capabilities.addAll(Set.of(lifted));
    return new SeccompCompiler().compile(DefaultProfile.of(capabilities));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          unshare NEWUTS              | 272,0x04000000      | SYS_ADMIN
          unshare NEWUSER             | 272,0x10000000      | SYS_ADMIN
          clone NEWUTS                | 56,0x04000011       | SYS_ADMIN
          clone NEWCGROUP             | 56,0x02000011       | SYS_ADMIN
          setns                       | 308,-1,0            | SYS_ADMIN
          mount                       | 165,0,0,0,0,0       | SYS_ADMIN
          umount2                     | 166,0,0             | SYS_ADMIN
          fsopen                      | 430,0,0             | SYS_ADMIN
          mount_setattr               | 442,-1,0,0,0,0      | SYS_ADMIN
          open_tree_attr              | 467,-1,0,0,0,0      | SYS_ADMIN
          keyctl                      | 250,-1              | SYS_ADMIN
          add_key                     | 248,0,0,0,0,0       | SYS_ADMIN
          bpf                         | 321,-1,0,0          | BPF
          bpf                         | 321,-1,0,0          | SYS_ADMIN
          perf_event_open             | 298,0,0,0,0,0       | PERFMON
          ptrace ATTACH               | 101,16,0x7fffffff   | SYS_PTRACE
          process_vm_readv            | 310,0x7fffffff      | SYS_PTRACE
          userfaultfd                 | 323,-1              | SYS_PTRACE
          init_module                 | 175,0,0,0           | SYS_MODULE
          open_by_handle_at           | 304,-1,0,0          | DAC_READ_SEARCH
          chroot                      | 161,0               | SYS_CHROOT
          mbind                       | 237,1,1,77          | SYS_NICE
          clock_settime               | 227,77,0            | SYS_TIME
          ioperm                      | 173,0x7fffffff,1    | SYS_RAWIO
          syslog                      | 103,77              | SYSLOG
          reboot                      | 169,1,2,3           | SYS_BOOT
          """)
  void refusesWithoutItsCapability(String name, String call, Capability lifts) throws Exception {
    assertThat(probe.errno(program(), call)).as(name).isEqualTo(EPERM);
    assertThat(probe.errno(program(lifts), call)).as(name + " with " + lifts).isNotEqualTo(EPERM);
  }

  @Test
  void hidesClone3UntilFlagsAreFree() throws Exception {
    assertThat(probe.errno(program(), "435,0,0")).isEqualTo(ENOSYS);
    assertThat(probe.errno(program(Capability.SYS_ADMIN), "435,0,0")).isEqualTo(22);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fork by clone               | 56,17
          ptrace TRACEME              | 101,0
          personality query           | 135,0xffffffff
          personality UNAME26         | 135,0x20000
          socket UNIX                 | 41,1,1,0
          mseal                       | 462,0,0,0
          futex_waitv                 | 449,0,0,0,0,0
          getrandom                   | 318,0,0,0
          32-bit getpid               | i20
          """)
  void allowsOrdinaryCalls(String name, String call) throws Exception {
    assertThat(probe.errno(program(), call)).as(name).isIn(0, 22);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          socket VSOCK                | 41,40,1,0
          personality READ_IMPLIES_EXEC | 135,0x400000
          personality ADDR_NO_RANDOMIZE | 135,0x40000
          io_uring_setup              | 425,1,0
          32-bit mount                | i21,0,0,0,0
          32-bit unshare              | i310,0x04000000
          32-bit clone NEWUTS         | i120,0x04000011
          32-bit ptrace               | i26,16,0x7fffffff
          """)
  void refusesWhatNoCapabilityLiftsOrTheOtherEntranceReaches(String name, String call)
      throws Exception {
    assertThat(probe.errno(program(), call)).as(name).isEqualTo(EPERM);
  }

  @ParameterizedTest
  @CsvSource({"600", "i600", "0x40000258"})
  void callsThatNobodyKnowsYetAreMissingAndNotForbidden(String call) throws Exception {
    assertThat(probe.errno(program(), call)).isEqualTo(ENOSYS);
  }
}
