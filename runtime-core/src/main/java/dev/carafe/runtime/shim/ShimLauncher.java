package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Starts shims from one image. Thread-safe. */
public final class ShimLauncher {
  private final Path program;

  /**
   * A launcher of this program.
   *
   * @param program the path of a {@link ShimImage}, or the file itself (which then copies itself to
   *     a memfd per shim)
   */
  public ShimLauncher(Path program) {
    this.program = requireNonNull(program);
  }

  /**
   * Starts the shim of a pod; returns when its socket accepts.
   *
   * @param dir the pod's state directory, absolute, mode 0700
   * @throws IOException with the shim's own words when it could not start
   */
  public void start(String podId, Path dir) throws IOException, InterruptedException {
    long agent = ProcessHandle.current().pid();
    ProcessBuilder builder =
        new ProcessBuilder(
            program.toString(),
            "--pod",
            podId,
            "--dir",
            dir.toString(),
            "--agent",
            Long.toString(agent));
    builder.environment().clear();
    builder.directory(Path.of("/").toFile());
    builder.redirectErrorStream(true).redirectInput(Path.of("/dev/null").toFile());
    Process process = builder.start();
    byte[] said = process.getInputStream().readAllBytes();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(
          "the shim of pod "
              + podId
              + " did not start (exit code "
              + code
              + "): "
              + new String(said, StandardCharsets.UTF_8).strip());
    }
  }
}
