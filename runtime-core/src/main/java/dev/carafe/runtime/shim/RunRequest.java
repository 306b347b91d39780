package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host program (a CNI plugin) that the shim runs in a process group of its own.
 *
 * @param argv argv[0] is an absolute path
 * @param env its whole environment, KEY=value
 * @param stdin at most 1 MiB
 * @param timeout after it the group is killed; zero is none
 * @param maxOutput bytes kept of stdout and of stderr, at most 1 MiB; the rest is dropped
 * @param resultPath stdout also lands here (write and rename), or null
 */
@SuppressWarnings("ArrayRecordComponent")
public record RunRequest(
    List<String> argv,
    List<String> env,
    byte[] stdin,
    Duration timeout,
    int maxOutput,
    @Nullable Path resultPath) {
  /** Checks the components. */
  public RunRequest {
    argv = List.copyOf(argv);
    env = List.copyOf(env);
    requireNonNull(stdin);
    requireNonNull(timeout);
    if (argv.isEmpty() || !argv.getFirst().startsWith("/")) {
      throw new IllegalArgumentException("argv must start with an absolute path, not " + argv);
    }
  }

  WireWriter encode(WireWriter out) {
    out.strings(argv).strings(env).blob(stdin).u32(ShimClient.millis(timeout)).u32(maxOutput);
    return out.str(resultPath == null ? "" : resultPath.toString());
  }
}
