package dev.carafe.e2e.resctrl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running {@code resctrl-sim}: a SIMULATED resctrl tree, mounted until {@link #close}. It
 * controls nothing. Needs root and /dev/fuse.
 */
public final class ResctrlSimulator implements AutoCloseable {
  /** How long the simulator may take to unmount, in seconds. */
  private static final int UNMOUNT_SECONDS = 10;

  private final Path root;
  private final Process process;

  private ResctrlSimulator(Path root, Process process) {
    this.root = root;
    this.process = process;
  }

  /** Why there is no simulator on this machine: its message says what is missing. */
  public static final class MissingException extends Exception {
    private MissingException(String message) {
      super(message);
    }
  }

  /**
   * Mounts a simulated tree; returns when it answers.
   *
   * @param program the built {@code resctrl-sim}
   * @param mountpoint an empty directory
   * @param options see {@code resctrl-sim --help}, for example {@code --profile small4}
   * @throws MissingException if this machine lacks something, which the message names
   * @throws IOException if it did not start
   */
  public static ResctrlSimulator start(Path program, Path mountpoint, String... options)
      throws IOException, MissingException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(requireNonNull(program, "program").toString());
    command.addAll(List.of(options));
    command.add(requireNonNull(mountpoint, "mountpoint").toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = output.readLine();
    if (line != null && line.endsWith("ready")) {
      // What it says later (lost fork events) belongs into the test's own log.
      Thread.ofVirtual().start(() -> output.lines().forEach(System.err::println));
      return new ResctrlSimulator(mountpoint, process);
    }
    int exit = process.waitFor();
    if (exit == 3) {
      throw new MissingException(line == null ? "SKIP resctrl-sim: no reason given" : line);
    }
    throw new IOException(String.join(" ", command) + " exited with " + exit + ": " + line);
  }

  /** The mount point: what a configuration calls {@code resctrl_root}. */
  public Path root() {
    return root;
  }

  /** Unmounts, and ends the program. */
  @Override
  public void close() throws IOException {
    // A signal between libfuse's look at its exit flag and its next read would be slept over; an
    // unmount ends that read.
    try {
      Process unmount = new ProcessBuilder("umount", "--lazy", root.toString()).inheritIO().start();
      boolean ended =
          unmount.waitFor(UNMOUNT_SECONDS, TimeUnit.SECONDS)
              && process.waitFor(UNMOUNT_SECONDS, TimeUnit.SECONDS);
      if (ended) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
