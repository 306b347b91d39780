package dev.carafe.node.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of the host. Thread-safe. */
public final class HostCommands {
  private static final int SAID_MAX = 16 << 10;

  private final List<String> prefix;
  private final Duration limit;

  /**
   * Commands of a host.
   *
   * @param prefix as in {@link HostSettings#command}
   * @param limit after which a program is killed
   */
  public HostCommands(List<String> prefix, Duration limit) {
    this.prefix = List.copyOf(prefix);
    this.limit = requireNonNull(limit, "limit is null");
  }

  /**
   * What a program did.
   *
   * @param exit its exit code
   * @param out standard output, at most 16 KiB
   * @param err standard error, at most 16 KiB; warnings of a program that has none to answer for
   */
  public record Result(int exit, String out, String err) {
    /** For a person: all that it said. */
    public String said() {
      return (out + err).strip();
    }

    /** Whether it exited with 0. */
    public boolean good() {
      return exit == 0;
    }
  }

  /**
   * Runs a program to its end.
   *
   * @throws HostException when it cannot be started, or takes too long
   */
  public Result run(List<String> command) throws HostException, InterruptedException {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(command);
    Process process;
    try {
      process = new ProcessBuilder(all).start();
      process.getOutputStream().close();
    } catch (IOException cannot) {
      throw new HostException("cannot run " + String.join(" ", all), cannot);
    }
    CompletableFuture<String> out = reading(process.getInputStream());
    CompletableFuture<String> err = reading(process.getErrorStream());
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
      throw new HostException(
          "%s did not end in %d s".formatted(String.join(" ", all), limit.toSeconds()));
    }
    return new Result(process.exitValue(), out.join(), err.join());
  }

  /**
   * Runs a program that must exit with 0; returns its standard output.
   *
   * @throws HostException with what it said when it does not
   */
  public String mustRun(List<String> command) throws HostException, InterruptedException {
    Result result = run(command);
    if (!result.good()) {
      throw new HostException(
          "%s exited with %d: %s"
              .formatted(String.join(" ", command), result.exit(), result.said()));
    }
    return result.out();
  }

  private static CompletableFuture<String> reading(InputStream stream) {
    CompletableFuture<String> said = new CompletableFuture<>();
    Thread.startVirtualThread(() -> {
      try {
        byte[] bytes = stream.readNBytes(SAID_MAX);
        stream.transferTo(OutputStream.nullOutputStream());
        said.complete(new String(bytes, UTF_8));
      } catch (IOException broken) {
        said.completeExceptionally(broken);
      }
    });
    return said;
  }
}
