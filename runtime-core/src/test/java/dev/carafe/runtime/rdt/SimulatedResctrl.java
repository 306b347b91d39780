package dev.carafe.runtime.rdt;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running resctrl simulator (SIMULATED hardware, from e2e/resctrl-sim). Its program comes from
 * the system property carafe.resctrl-sim, or is built from the sources below carafe.home.
 */
public final class SimulatedResctrl {
  private final Process process;
  private final Path root;

  private SimulatedResctrl(Process process, Path root) {
    this.process = process;
    this.root = root;
  }

  /** The program, built if need be. */
  public static Path program(Path scratch) throws Exception {
    assumeTrue(
        Files.exists(Path.of("/dev/fuse")), "SKIP resctrl-sim: this machine has no /dev/fuse");
    String given = System.getProperty("carafe.resctrl-sim");
    if (given != null) {
      return Path.of(given);
    }
    Path sources = Path.of(System.getProperty("carafe.home", "."), "e2e", "resctrl-sim");
    assumeTrue(
        Files.exists(sources.resolve("Makefile")), "SKIP resctrl-sim: no sources in " + sources);
    Process make =
        new ProcessBuilder("make", "-C", sources.toString(), "OUT=" + scratch)
            .redirectErrorStream(true)
            .start();
    String output =
        new String(make.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assumeTrue(make.waitFor() == 0, "SKIP resctrl-sim: it does not build: " + output);
    return scratch.resolve("resctrl-sim");
  }

  /** Mounts a profile. */
  public static SimulatedResctrl start(
      Path program, Path mountpoint, String profile, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString(), "--profile", profile));
    command.addAll(List.of(options));
    command.add(mountpoint.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String line = process.inputReader().readLine();
    if (line == null || !line.endsWith("ready")) {
      assumeTrue(process.waitFor() != 3, "SKIP resctrl-sim: " + line);
      throw new IllegalStateException(program + " does not start: " + line);
    }
    return new SimulatedResctrl(process, mountpoint);
  }

  /** Where it is mounted. */
  public Path root() {
    return root;
  }

  /** Unmounts it. */
  public void stop() throws Exception {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("resctrl-sim does not unmount " + root);
    }
  }
}
