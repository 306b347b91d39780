package dev.carafe.e2e.bench;

import static java.util.Objects.requireNonNull;

import dev.carafe.e2e.client.CriClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A container runtime that we started, and a client of it. Ends with {@link #close}. */
final class RuntimeProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration CALL_DEADLINE = Duration.ofSeconds(60);
  private static final long STOP_SECONDS = 10;

  private final String name;
  private final String cgroupParent;
  private final Process process;
  private final CriClient client;

  private RuntimeProcess(String name, String cgroupParent, Process process, CriClient client) {
    this.name = name;
    this.cgroupParent = cgroupParent;
    this.process = process;
    this.client = client;
  }

  /**
   * Starts a runtime and waits for its first answer.
   *
   * @param socket where it will serve the CRI
   * @param log takes its output
   * @throws IOException when it does not answer
   */
  static RuntimeProcess start(
      String name, List<String> command, Path socket, Path log, String cgroupParent)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(new File("/dev/null"))
            .start();
    RuntimeProcess started =
        new RuntimeProcess(
            requireNonNull(name, "name is null"),
            requireNonNull(cgroupParent, "cgroupParent is null"),
            process,
            CriClient.of(socket, CALL_DEADLINE));
    try {
      started.client.awaitVersion(PATIENCE);
      return started;
    } catch (IOException silent) {
      started.close();
      throw new IOException(
          "%s does not answer; its log:%n%s".formatted(name, Files.readString(log)), silent);
    }
  }

  /** For tables. */
  String name() {
    return name;
  }

  /** The parent of its pods' cgroups. */
  String cgroupParent() {
    return cgroupParent;
  }

  long pid() {
    return process.pid();
  }

  CriClient client() {
    return client;
  }

  /** Ends the runtime; its pods run on. */
  @Override
  public void close() {
    client.close();
    process.destroy();
    process.onExit().completeOnTimeout(process, STOP_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly().onExit().join();
  }
}
