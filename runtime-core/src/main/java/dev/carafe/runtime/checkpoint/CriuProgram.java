package dev.carafe.runtime.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The program that saves and restores processes (criu.org). Immutable.
 *
 * @param name found by PATH, or an absolute path
 */
public record CriuProgram(String name) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The first that this runtime speaks with: 3.0. */
  private static final int VERSION_MIN = 30000;

  public CriuProgram {
    Objects.requireNonNull(name, "name");
  }

  /**
   * The command that speaks with its parent, up to the socket's number.
   *
   * @param path directories to look in, as PATH has them
   * @throws CriuException when it is in none of them
   */
  public List<String> command(String path) throws CriuException {
    if (name.startsWith("/") && Files.isExecutable(Path.of(name))) {
      return List.of(name, "swrk");
    }
    for (String directory : path.split(":", -1)) {
      Path program = Path.of(directory).resolve(name);
      if (directory.startsWith("/") && Files.isExecutable(program)) {
        return List.of(program.toString(), "swrk");
      }
    }
    throw new CriuException("%s: not found in %s; install criu 3.0 or later".formatted(name, path));
  }

  /**
   * Asks for its version.
   *
   * @return 100 × (100 × major + minor) + sublevel: 31701 for 3.17.1
   * @throws CriuException when it is too old
   */
  public static int version(CriuProcess.Starter starter) throws IOException, CriuException {
    try (CriuProcess criu = starter.start(List.of())) {
      int version = CriuDialogue.version(criu);
      if (version < VERSION_MIN) {
        throw new CriuException(
            "criu is version %d.%d; expected 3.0 or later"
                .formatted(version / 10_000, version / 100 % 100));
      }
      return version;
    }
  }

  /**
   * Asks it whether it can work on this kernel.
   *
   * @param path directories to look in, as PATH has them
   * @return its reason why not; "" when it can
   */
  public String complaint(String path) throws InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command(path).getFirst(), "check").redirectErrorStream(true).start();
    } catch (CriuException missing) {
      return String.valueOf(missing.getMessage());
    } catch (IOException broken) {
      return "it cannot be run: " + broken.getMessage();
    }
    try {
      process.getOutputStream().close();
      CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process));
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return "it did not answer within " + PATIENCE.toSeconds() + " s";
      }
      return process.exitValue() == 0 ? "" : reason(output.join(), process.exitValue());
    } catch (IOException broken) {
      return String.valueOf(broken.getMessage());
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
}
