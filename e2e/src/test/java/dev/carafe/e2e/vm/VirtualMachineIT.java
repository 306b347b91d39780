package dev.carafe.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code e2e/vm/run} promises. Boots a machine for each test, about 3 s each. Needs root. */
class VirtualMachineIT {
  private static final String RUN =
      Path.of(System.getProperty("carafe.home")).resolve("e2e/vm/run").toString();

  @BeforeAll
  static void prepared() throws Exception {
    Command result = Command.run(RUN, "--", "true");
    Assumptions.assumeTrue(result.exit() != 3, result.stderr().strip());
    assertThat(result).isEqualTo(new Command(0, "", ""));
  }

  @Test
  void passesStreamsWordsAndTheExitCodeThrough() throws Exception {
    Command result =
        Command.run(
            RUN,
            "--",
            "sh",
            "-c",
            "printf '%s\\n' \"$@\"; echo bad >&2; exit 7",
            "sh",
            "a b",
            "it's",
            "$x");
    assertThat(result).isEqualTo(new Command(7, "a b\nit's\n$x\n", "bad\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "6.12, v2, '6.12', 'memory'",
    "6.1, v2, '6.1', 'memory'",
    "6.1, v1, '6.1', 'memory.limit_in_bytes'",
    "6.12, v1, '6.12', 'freezer'"
  })
  void bootsBothKernelsWithBothCgroupWorlds(
      String kernel, String cgroup, String release, String expected) throws Exception {
    String look =
        "uname -r; cat /sys/fs/cgroup/cgroup.subtree_control; ls /sys/fs/cgroup"
            + " /sys/fs/cgroup/memory";
    Command result =
        Command.run(RUN, "--kernel", kernel, "--cgroup", cgroup, "--", "sh", "-c", look);
    assertThat(result.stdout()).startsWith(release + ".").contains(expected);
  }

  @Test
  void theFirstFlavourHasAppArmorAndItsParser() throws Exception {
    String look = "cat /sys/module/apparmor/parameters/enabled; apparmor_parser --version";
    Command result = Command.run(RUN, "--flavour", "v2", "--", "sh", "-c", look);
    assertThat(result.stdout()).startsWith("Y\nAppArmor parser version");
  }

  @Test
  void theFlavourSystemdHasItAsProcess1AndASystemBus() throws Exception {
    String look =
        "cat /proc/1/comm /proc/self/cgroup; busctl call org.freedesktop.systemd1"
            + " /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager ListJobs; exit 9";
    Command result = Command.run(RUN, "--flavour", "systemd", "--", "sh", "-c", look);
    Assumptions.assumeTrue(result.exit() != 3, result.stderr().strip());
    assertThat(result)
        .isEqualTo(
            new Command(9, "systemd\n0::/system.slice/carafe-vm.service\na(usssoo) 0\n", ""));
  }

  @Test
  void theSharedDirectoryIsWritableAndTheRootIsNotChanged(@TempDir Path share) throws Exception {
    Files.writeString(share.resolve("in"), "from the host");
    Command result =
        Command.run(
            RUN,
            "--share",
            share.toString(),
            "--",
            "sh",
            "-c",
            "pwd; cat in; echo guest > out; echo x > /carafe-vm-was-here");
    assertThat(result).isEqualTo(new Command(0, share.toRealPath() + "\nfrom the host", ""));
    assertThat(share.resolve("out")).content().isEqualTo("guest\n");
    assertThat(Path.of("/carafe-vm-was-here")).doesNotExist();
  }

  @Test
  void theKernelLoadsModulesByItself() throws Exception {
    String script =
        "ip link add v0 type veth peer name v1 && cd /tmp && mkdir l u w m && mount -t overlay -o"
            + " lowerdir=l,upperdir=u,workdir=w o m";
    assertThat(Command.run(RUN, "--", "sh", "-c", script)).isEqualTo(new Command(0, "", ""));
  }

  @Test
  void twoMachinesRunSideBySide() throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Command> first = executor.submit(() -> Command.run(RUN, "--", "echo", "1"));
      Future<Command> second = executor.submit(() -> Command.run(RUN, "--", "echo", "2"));
      assertThat(first.get()).isEqualTo(new Command(0, "1\n", ""));
      assertThat(second.get()).isEqualTo(new Command(0, "2\n", ""));
    }
  }

  @Test
  void aHangIsEndedAndNothingStaysBehind() throws Exception {
    Command result = Command.run(RUN, "--timeout", "6", "--", "sleep", "600");
    assertThat(result.exit()).isEqualTo(124);
    assertThat(result.stderr()).contains("ended after 6 s");
    try (Stream<ProcessHandle> children = ProcessHandle.current().descendants()) {
      assertThat(children.map(child -> child.info().command().orElse("")))
          .noneMatch(command -> command.contains("qemu") || command.contains("virtiofsd"));
    }
  }

  @Test
  void aMissingProgramIsNamed(@TempDir Path bin) throws Exception {
    Files.createSymbolicLink(bin.resolve("dirname"), Path.of("/usr/bin/dirname"));
    Command result = Command.run("env", "PATH=" + bin, "/bin/sh", RUN, "--", "true");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.stderr()).contains("SKIP virtual machine", "qemu-system-x86");
  }
}
