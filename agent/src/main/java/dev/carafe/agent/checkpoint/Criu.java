package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The program that saves and restores processes (criu.org). Thread-safe. */
public final class Criu {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String program;

  /**
   * CRIU by this name.
   *
   * @param program found by PATH, or an absolute path
   */
  public Criu(String program) {
    this.program = requireNonNull(program, "program is null");
  }

  /**
   * Asks it whether it can work on this kernel.
   *
   * @throws Failure of kind WRONG_STATE with its reason when it can't, or is not there
   */
  public void require() throws InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(program, "check").redirectErrorStream(true).start();
    } catch (IOException missing) {
      throw unusable("it cannot be run: " + missing.getMessage());
    }
    try {
      process.getOutputStream().close();
      CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw unusable("it did not answer within " + PATIENCE.toSeconds() + " s");
      }
      if (process.exitValue() != 0) {
        throw unusable(reason(output.join(), process.exitValue()));
      }
    } catch (IOException broken) {
      throw unusable(String.valueOf(broken.getMessage()));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException killed) {
      return "";
    }
  }

  /** Its errors, without their place in its source; all that it says when none is marked so. */
  private static String reason(String output, int exit) {
    List<String> lines = output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    List<String> errors =
        lines.stream()
            .filter(line -> line.startsWith("Error"))
            .map(line -> line.replaceFirst("^Error \\([^)]*\\): ", ""))
            .toList();
    List<String> told = errors.isEmpty() ? lines : errors;
    return told.isEmpty() ? "it exits with " + exit : String.join("; ", told);
  }

  private Failure unusable(String why) {
    return Failure.wrongState(
        "checkpoints need CRIU, and \"%s check\" fails on this node: %s".formatted(program, why));
  }
}
