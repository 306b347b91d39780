package dev.carafe.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a program did.
 *
 * @param exit its exit code
 * @param stdout as UTF-8
 * @param stderr as UTF-8
 */
public record Command(int exit, String stdout, String stderr) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /**
   * Runs a program to its end.
   *
   * @throws AssertionError if it has not ended after 5 minutes; it and its descendants are killed
   *     then
   */
  public static Command run(String... command) throws IOException, InterruptedException {
    return run(PATIENCE, command);
  }

  /**
   * Runs a program that may take longer.
   *
   * @throws AssertionError if it has not ended by then; it and its descendants are killed
   */
  public static Command run(Duration patience, String... command)
      throws IOException, InterruptedException {
    Path dir = Files.createTempDirectory("command");
    Path stdout = dir.resolve("stdout");
    Path stderr = dir.resolve("stderr");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(stdout.toFile())
              .redirectError(stderr.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(patience)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(
            String.join(" ", command) + " did not end in " + patience.toSeconds() + " s");
      }
      return new Command(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
    } finally {
      Files.deleteIfExists(stdout);
      Files.deleteIfExists(stderr);
      Files.delete(dir);
    }
  }
}
