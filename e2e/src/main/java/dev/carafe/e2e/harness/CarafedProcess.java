package dev.carafe.e2e.harness;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code carafed} as a child process that can be killed and started again; its output goes to one
 * file over all its lives. Not thread-safe.
 */
public final class CarafedProcess implements AutoCloseable {
  private static final int STOP_SECONDS = 15;
  private static final int TAIL_LINES = 60;

  private final List<String> command;
  private final Path output;
  private @Nullable Process process;

  /**
   * An agent that does not run yet.
   *
   * @param command program and arguments
   * @param output gets stdout and stderr, appended
   */
  public CarafedProcess(List<String> command, Path output) {
    this.command = List.copyOf(command);
    this.output = requireNonNull(output, "output is null");
  }

  /** The command that runs the agent of this class path. */
  public static List<String> command(Path libexec, Path config) {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    // Below nohup a process ignores SIGHUP for good, and the agent's reload with it.
    return List.of(
        "env",
        "--default-signal=HUP",
        java.toString(),
        "-Xmx192m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dcarafe.libexec=" + libexec,
        "-cp",
        System.getProperty("java.class.path"),
        "dev.carafe.agent.Main",
        "--config",
        config.toString());
  }

  /** Starts it; returns before it serves. */
  public void start() throws IOException {
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
            .start();
  }

  /** The agent's process id. */
  public long pid() {
    return requireNonNull(process, "the agent was not started").pid();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL, and waits for its end. */
  public void kill() throws InterruptedException {
    requireNonNull(process, "the agent was not started").destroyForcibly().waitFor();
  }

  /** SIGTERM; {@link #await} waits for its end. */
  public void terminate() {
    requireNonNull(process, "the agent was not started").destroy();
  }

  /** Waits for its end by itself; returns its exit code. */
  public int await(long seconds) throws InterruptedException {
    Process running = requireNonNull(process, "the agent was not started");
    if (!running.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new IllegalStateException("carafed runs on after " + seconds + " s:\n" + tail());
    }
    return running.exitValue();
  }

  /** The last lines that it wrote, for a failure's message. */
  public String tail() {
    try {
      List<String> lines = Files.readAllLines(output);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "(no output: " + unreadable + ")";
    }
  }

  /**
   * Prints what every thread of the agent waits for, virtual ones included, and those of this
   * process: an agent that hangs cannot say so itself.
   *
   * @param method that was not answered
   */
  void explainSilence(String method) {
    System.err.println("carafed did not answer " + method + "; the threads of agent and client:");
    for (long pid : List.of(pid(), ProcessHandle.current().pid())) {
      try {
        System.err.println(jcmd(pid, "Thread.print", "-l"));
        Path threads = Files.createTempFile("threads-", ".txt");
        jcmd(pid, "Thread.dump_to_file", "-overwrite", threads.toString());
        System.err.println(Files.readString(threads));
        Files.delete(threads);
      } catch (IOException unknown) {
        System.err.println("the threads of process " + pid + " cannot be read: " + unknown);
      }
    }
  }

  private static String jcmd(long pid, String... command) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    line.add(Long.toString(pid));
    line.addAll(List.of(command));
    Path said = Files.createTempFile("jcmd-", ".txt");
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    process.onExit().completeOnTimeout(process, STOP_SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly();
    String text = Files.readString(said);
    Files.delete(said);
    return text;
  }

  /** SIGTERM, and SIGKILL when that does not help; its pods run on. */
  @Override
  public void close() {
    Process running = process;
    if (running == null) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
