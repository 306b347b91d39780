package dev.carafe.agent.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.check.Finding.Level;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.runtime.linux.KernelProbe;
import dev.carafe.runtime.linux.ProcessCapabilities;
import dev.carafe.runtime.spec.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each check against hosts made of files. */
class ChecksTest {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  @TempDir private Path root;

  private Host host(String... pathsAndTexts) throws IOException {
    Host host = new Host(root);
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      Path file = host.path(pathsAndTexts[i]);
      Files.createDirectories(file.getParent());
      Files.writeString(file, pathsAndTexts[i + 1]);
    }
    return host;
  }

  @Test
  void kernelBelowTheFloorFails() {
    assertThat(KernelChecks.version("5.14.0-1").level()).isEqualTo(Level.FAIL);
    assertThat(KernelChecks.version("5.14.0-1").advice()).contains("5.15");
    assertThat(KernelChecks.version("5.15.0-1").level()).isEqualTo(Level.OK);
  }

  @Test
  void onlyThisMachinesKindRuns() {
    assertThat(KernelChecks.machine("amd64").level()).isEqualTo(Level.OK);
    assertThat(KernelChecks.machine("aarch64").level()).isEqualTo(Level.FAIL);
  }

  @Test
  void featureWithAFallbackIsANote() {
    List<Finding> found =
        KernelChecks.features(
            List.of(
                new KernelProbe.Feature("openat2", false, "Carafe does not run"),
                new KernelProbe.Feature("pressure", false, "no pressure figures"),
                new KernelProbe.Feature("clone3", true, "Carafe does not run")));

    assertThat(found).extracting(Finding::level).containsExactly(Level.OK, Level.FAIL, Level.NOTE);
    assertThat(found.getFirst().found()).isEqualTo("clone3");
    assertThat(found.getLast().advice()).contains("no pressure figures");
  }

  @Test
  void capabilitiesAreNamedWhenTheyLack() {
    Set<Capability> all = EnumSet.allOf(Capability.class);
    EnumSet<Capability> noAdmin = EnumSet.allOf(Capability.class);
    noAdmin.remove(Capability.SYS_ADMIN);
    EnumSet<Capability> noResource = EnumSet.allOf(Capability.class);
    noResource.remove(Capability.SYS_RESOURCE);

    assertThat(KernelChecks.capabilities(new ProcessCapabilities(all, all)).level())
        .isEqualTo(Level.OK);
    assertThat(KernelChecks.capabilities(new ProcessCapabilities(noAdmin, all)).found())
        .isEqualTo("missing CAP_SYS_ADMIN");
    assertThat(KernelChecks.capabilities(new ProcessCapabilities(noResource, all)).level())
        .isEqualTo(Level.WARN);
  }

  @Test
  void hybridCgroupsAreANoteAndTheirControllersAreCountedTogether() throws Exception {
    Host host =
        host(
            "/proc/self/mountinfo",
            """
            30 20 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            31 20 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            32 20 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuset
            """,
            "/sys/fs/cgroup/unified/cgroup.controllers",
            "hugetlb\n");

    List<Finding> found = CgroupChecks.all(host, CGROUPS);

    assertThat(found).extracting(Finding::level).containsExactly(Level.NOTE, Level.FAIL);
    assertThat(found.getLast().found()).isEqualTo("missing pids");
    assertThat(CgroupChecks.unified(host, CGROUPS)).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void unifiedCgroupsWithTheirControllersAreFine() throws Exception {
    Host host =
        host(
            "/proc/self/mountinfo",
            "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/cgroup.controllers",
            "cpuset cpu io memory pids\n");

    assertThat(CgroupChecks.all(host, CGROUPS))
        .extracting(Finding::level)
        .containsExactly(Level.OK, Level.OK);
  }

  @Test
  void noCgroupsAtAllFail() throws Exception {
    assertThat(CgroupChecks.all(host(), CGROUPS))
        .singleElement()
        .extracting(Finding::level)
        .isEqualTo(Level.FAIL);
  }

  @Test
  void overlayMayNeedItsModule() throws Exception {
    assertThat(StorageChecks.overlay(host()).advice()).startsWith("modprobe overlay");
    assertThat(StorageChecks.overlay(host("/proc/filesystems", "nodev\toverlay\n")).level())
        .isEqualTo(Level.OK);
  }

  @Test
  void stateBelongsOnATmpfs() {
    assertThat(StorageChecks.state(Path.of("/dev/shm/none/here")).level()).isEqualTo(Level.OK);
    assertThat(StorageChecks.state(Path.of("/proc/none")).level()).isEqualTo(Level.WARN);
  }

  @Test
  void seccompNeedsKernelAndLibrary() throws Exception {
    Path library = Path.of("/lib/libseccomp.so.2");

    assertThat(SecurityChecks.seccomp(host(), library).level()).isEqualTo(Level.FAIL);
    Host able = host("/proc/sys/kernel/seccomp/actions_avail", "kill_process\n");
    assertThat(SecurityChecks.seccomp(able, null).advice()).contains("libseccomp2");
    assertThat(SecurityChecks.seccomp(able, library).level()).isEqualTo(Level.OK);
  }

  @Test
  void appArmorNeedsItsParser() throws Exception {
    assertThat(SecurityChecks.appArmor(host()).level()).isEqualTo(Level.NOTE);
    Host enabled = host("/sys/module/apparmor/parameters/enabled", "Y\n");
    assertThat(SecurityChecks.appArmor(enabled).level()).isEqualTo(Level.WARN);
    Host able = host("/usr/sbin/apparmor_parser", "");
    assertThat(able.path("/usr/sbin/apparmor_parser").toFile().setExecutable(true)).isTrue();
    assertThat(SecurityChecks.appArmor(able).level()).isEqualTo(Level.OK);
  }

  @Test
  void seLinuxSaysItsMode() throws Exception {
    assertThat(SecurityChecks.seLinux(host()).level()).isEqualTo(Level.NOTE);
    assertThat(SecurityChecks.seLinux(host("/sys/fs/selinux/enforce", "1")).level())
        .isEqualTo(Level.OK);
  }

  @Test
  void missingRdtWeighsWhatTheConfigurationSays() throws Exception {
    CarafeConfig.Rdt tolerate = CarafeConfig.defaults().rdt();
    CarafeConfig.Rdt require =
        new CarafeConfig.Rdt(
            null,
            CarafeConfig.RdtMount.NEVER,
            "",
            Path.of("/sys/fs/resctrl"),
            CarafeConfig.WhenMissing.REQUIRE);

    assertThat(OptionalChecks.rdt(host(), tolerate).level()).isEqualTo(Level.NOTE);
    assertThat(OptionalChecks.rdt(host(), require).level()).isEqualTo(Level.WARN);
    Host kernel = host("/proc/filesystems", "nodev\tresctrl\n");
    assertThat(OptionalChecks.rdt(kernel, tolerate).level()).isEqualTo(Level.OK);
    assertThat(OptionalChecks.rdt(kernel, require).advice()).contains("mount -t resctrl");
  }

  @Test
  void findingsWithoutAdviceAreGood() {
    assertThatThrownBy(() -> new Finding("a", Level.WARN, "b", ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Finding("a", Level.OK, "b", "c"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
