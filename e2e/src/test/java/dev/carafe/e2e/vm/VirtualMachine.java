package dev.carafe.e2e.vm;

import dev.carafe.e2e.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A machine that {@code e2e/vm/run} boots.
 *
 * @param name for a person
 * @param options of vm/run that make it
 */
record VirtualMachine(String name, List<String> options) {
  /** 6.12 with cgroup v2 and AppArmor. */
  static final VirtualMachine V2 = flavour("v2");

  /** 6.12 with systemd as process 1. */
  static final VirtualMachine SYSTEMD = flavour("systemd");

  /** 6.12 with SELinux enforcing. */
  static final VirtualMachine SELINUX = flavour("selinux");

  /** 6.1 with cgroup v1. */
  static final VirtualMachine V1 = flavour("v1");

  /** 6.1 with cgroup v2. */
  static final VirtualMachine OLD_V2 =
      new VirtualMachine("6.1 with cgroup v2", List.of("--kernel", "6.1", "--cgroup", "v2"));

  /** This tree. */
  static final Path HOME = Path.of(System.getProperty("carafe.home"));

  private static final String RUN = HOME.resolve("e2e/vm/run").toString();
  private static final int MISSING = 3;

  /** vm/run ends the machine by itself, and may fetch kernels before it boots. */
  private static final int MARGIN_SECONDS = 300;

  private static VirtualMachine flavour(String name) {
    return new VirtualMachine("flavour " + name, List.of("--flavour", name));
  }

  /** The same machine with one option of vm/run more. */
  VirtualMachine with(String option, String value) {
    List<String> more = new ArrayList<>(options);
    more.addAll(List.of(option, value));
    return new VirtualMachine(name, List.copyOf(more));
  }

  /** Skips by name where the guest can't see this tree: its /tmp is its own. */
  static void assumeVisible() {
    Assumptions.assumeFalse(
        HOME.toAbsolutePath().normalize().startsWith("/tmp"),
        "SKIP vm-suites: a checkout below /tmp is not visible in the virtual machine");
  }

  /** Skips by name what takes many minutes of emulation. */
  static void assumeLong() {
    Assumptions.assumeTrue(
        Boolean.getBoolean("carafe.long"), "SKIP long: run `make test-long` or -Dcarafe.long=true");
  }

  /**
   * Boots, runs a command and ends. A prerequisite that this machine lacks skips the test by name.
   *
   * @param seconds after which the machine is ended
   */
  Command run(Path share, int seconds, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of(RUN));
    words.addAll(options);
    words.addAll(
        List.of("--share", share.toString(), "--timeout", Integer.toString(seconds), "--"));
    words.addAll(List.of(command));
    Command result =
        Command.run(Duration.ofSeconds(seconds + MARGIN_SECONDS), words.toArray(String[]::new));
    Assumptions.assumeTrue(result.exit() != MISSING, result.stderr().strip());
    return result;
  }

  @Override
  public String toString() {
    return name;
  }
}
