package dev.carafe.agent.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs plugins as children of this process: for DEL when a pod's shim is gone, and for STATUS. */
public final class ProcessRunner implements PluginRunner {
  /** More than any result; what is over is read and dropped. */
  private static final int MAX_OUTPUT_BYTES = 1 << 20;

  /** How long a grandchild may keep the output open after the plugin has ended. */
  private static final Duration DRAIN = Duration.ofSeconds(1);

  private static final Executor THREADS = Thread::startVirtualThread;

  @Override
  public PluginOutput run(
      List<String> argv, Map<String, String> env, byte[] stdin, Duration timeout)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.environment().clear();
    builder.environment().putAll(env);
    Process process = builder.start();
    try {
      Output stdout = Output.of(process.getInputStream());
      Output stderr = Output.of(process.getErrorStream());
      THREADS.execute(() -> feed(process, stdin));
      boolean timedOut = !process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (timedOut) {
        kill(process);
      }
      return new PluginOutput(process.waitFor(), timedOut, stdout.text(), stderr.text());
    } finally {
      kill(process);
    }
  }

  private static void kill(Process process) {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  private static void feed(Process process, byte[] stdin) {
    try (OutputStream stream = process.getOutputStream()) {
      stream.write(stdin);
    } catch (IOException _) {
      // A plugin may end or close its input without having read it; its exit code tells.
    }
  }

  /** One stream, read by a thread of its own. */
  private record Output(ByteArrayOutputStream bytes, CompletableFuture<Void> end) {
    static Output of(InputStream stream) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      return new Output(bytes, CompletableFuture.runAsync(() -> copy(stream, bytes), THREADS));
    }

    String text() throws InterruptedException {
      try {
        end.get(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException _) {
        // What has come so far is all that counts.
      }
      return bytes.toString(UTF_8);
    }

    private static void copy(InputStream stream, ByteArrayOutputStream bytes) {
      byte[] buffer = new byte[8192];
      try (stream) {
        for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
          bytes.write(buffer, 0, Math.min(read, MAX_OUTPUT_BYTES - bytes.size()));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
