package dev.carafe.agent.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.agent.network.PluginOutput;
import dev.carafe.agent.network.PluginRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A program of the operator's that judges images: {@code {"reference": ..., "digest": ...}} on its
 * standard input, exit code 0 to let the image pass, the first line of its standard error to say
 * why not. What keeps it from judging refuses the image too. Thread-safe.
 */
public final class VerifierProgram implements ImageVerifier {
  private static final int MAX_REASON = 300;

  private final Supplier<@Nullable Path> program;
  private final PluginRunner runner;
  private final Duration timeout;

  /**
   * A verifier that asks anew at each pull which program it is.
   *
   * @param program null to let everything pass
   */
  public VerifierProgram(Supplier<@Nullable Path> program, PluginRunner runner, Duration timeout) {
    this.program = requireNonNull(program, "program is null");
    this.runner = requireNonNull(runner, "runner is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
  }

  @Override
  public void verify(ImageReference reference, Digest digest) throws InterruptedException {
    Path file = program.get();
    if (file == null) {
      return;
    }
    PluginOutput output;
    try {
      output =
          runner.run(List.of(file.toString()), environment(), question(reference, digest), timeout);
    } catch (IOException e) {
      throw refused(digest, "%s can't be run: %s".formatted(file, e.getMessage()));
    }
    if (output.timedOut()) {
      throw refused(digest, "%s gave no answer in %d s".formatted(file, timeout.toSeconds()));
    }
    if (output.exitCode() != 0) {
      String reason = output.stderr().lines().findFirst().orElse("").strip();
      throw refused(
          digest,
          reason.isEmpty()
              ? "%s exited with %d and no reason".formatted(file, output.exitCode())
              : reason.substring(0, Math.min(reason.length(), MAX_REASON)));
    }
  }

  private static byte[] question(ImageReference reference, Digest digest) {
    return Json.MAPPER
        .createObjectNode()
        .put("reference", reference.toString())
        .put("digest", digest.toString())
        .toString()
        .getBytes(UTF_8);
  }

  private static Map<String, String> environment() {
    String path = System.getenv("PATH");
    return Map.of("PATH", path == null ? "/usr/sbin:/usr/bin:/sbin:/bin" : path);
  }

  private static ImageException refused(Digest digest, String reason) {
    return new ImageException.SignatureRefused(digest + " is refused: " + reason);
  }
}
