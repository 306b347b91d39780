package dev.carafe.e2e.vm;

import dev.carafe.e2e.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A machine that {@code e2e/vm/run} boots.
 *
 * @param kernel 6.12 or 6.1
 * @param cgroup v2 or v1
 */
record VirtualMachine(String kernel, String cgroup) {
  /** This tree. */
  static final Path HOME = Path.of(System.getProperty("carafe.home"));

  private static final String RUN = HOME.resolve("e2e/vm/run").toString();
  private static final int MISSING = 3;

  /**
   * Boots, runs a command and ends. A prerequisite that this machine lacks skips the test by name.
   *
   * @param seconds after which the machine is ended
   */
  Command run(Path share, int seconds, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of(RUN, "--kernel", kernel, "--cgroup", cgroup));
    words.addAll(
        List.of("--share", share.toString(), "--timeout", Integer.toString(seconds), "--"));
    words.addAll(List.of(command));
    Command result = Command.run(words.toArray(String[]::new));
    Assumptions.assumeTrue(result.exit() != MISSING, result.stderr().strip());
    return result;
  }

  @Override
  public String toString() {
    return kernel + " with cgroup " + cgroup;
  }
}
