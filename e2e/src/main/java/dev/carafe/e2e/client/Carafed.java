package dev.carafe.e2e.client;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * One carafed out of a tree that {@code make dist} made, run again as often as it is started. Not
 * thread-safe.
 */
public final class Carafed {
  private static final int STOP_SECONDS = 20;

  private final Path tree;
  private final Path config;
  private final Path log;
  private Process process;

  private Carafed(Path tree, Path config, Path log, Process process) {
    this.tree = tree;
    this.config = config;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts it; {@link CriClient#awaitVersion} tells when it answers.
   *
   * @param tree with {@code bin/carafed}
   * @param config its configuration file
   * @param log what it says is added to this file
   */
  public static Carafed start(Path tree, Path config, Path log) throws IOException {
    requireNonNull(config, "config is null");
    return new Carafed(tree, config, log, launch(tree, config, log));
  }

  /** Starts it again after it ended. */
  public void restart() throws IOException {
    process = launch(tree, config, log);
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** SIGKILL, and waits for its end. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM, and SIGKILL when it takes longer than 20 s. */
  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      kill();
    }
  }

  private static Process launch(Path tree, Path config, Path log) throws IOException {
    Path program = tree.resolve("bin/carafed");
    if (!Files.isExecutable(program)) {
      throw new IOException(program + " is not there; run make dist");
    }
    return new ProcessBuilder(program.toString(), "--config", config.toString())
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .redirectErrorStream(true)
        .start();
  }
}
