package dev.carafe.runtime.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** One request, the notices on its way, and its outcome. For one thread. */
public final class CriuDialogue {
  private static final int LOG_LINES = 5;

  /** Is told where criu is. */
  @FunctionalInterface
  public interface Notices {
    /**
     * Criu waits until this returns, and gives up when it throws.
     *
     * @param script what criu calls the point: "setup-namespaces", "post-restore", …
     * @param pid the restored init on the host where criu says it, else 0
     */
    void at(String script, int pid) throws Exception;
  }

  private CriuDialogue() {}

  /**
   * Holds it.
   *
   * @param log where criu writes its log
   * @return the pid of the restored init; 0 for anything but a restore
   * @throws CriuException with criu's own errors and the log's path when it fails
   * @throws Exception what a notice threw
   */
  static int hold(CriuProcess criu, CriuRequest request, Path log, Notices notices)
      throws Exception {
    Exception thrown = null;
    byte[] message = request.toByteArray();
    while (true) {
      CriuReply reply = next(criu, message, request, log);
      if (reply.type() != CriuRequest.Type.NOTIFY.number()) {
        if (thrown != null) {
          throw thrown;
        }
        return outcome(reply, request, log);
      }
      if (thrown == null) {
        thrown = tell(notices, reply);
      }
      message = CriuRequest.noticed(thrown == null);
    }
  }

  private static CriuReply next(CriuProcess criu, byte[] message, CriuRequest request, Path log)
      throws IOException, CriuException {
    byte[] answer = criu.exchange(message);
    if (answer.length == 0) {
      throw failure(request, "it ended without an answer", log);
    }
    return CriuReply.parse(answer);
  }

  @SuppressWarnings("PMD.AvoidCatchingGenericException") // criu must be told before it goes on
  private static @org.jspecify.annotations.Nullable Exception tell(
      Notices notices, CriuReply reply) {
    try {
      notices.at(reply.script(), reply.pid());
      return null;
    } catch (Exception refused) {
      return refused;
    }
  }

  private static int outcome(CriuReply reply, CriuRequest request, Path log) throws CriuException {
    if (!reply.success()) {
      String why = reply.message().isEmpty() ? "error " + reply.errno() : reply.message();
      throw failure(request, why, log);
    }
    if (request.type() != CriuRequest.Type.RESTORE) {
      return 0;
    }
    if (reply.pid() <= 0) {
      throw failure(request, "it names no restored process", log);
    }
    return reply.pid();
  }

  private static CriuException failure(CriuRequest request, String why, Path log) {
    List<String> errors = errors(log);
    return new CriuException(
        "criu failed: type %s %s%s; its log is %s"
            .formatted(
                request.type(),
                why,
                errors.isEmpty() ? "" : ": " + String.join("; ", errors),
                Objects.requireNonNull(log, "log")));
  }

  /** The last errors of a log, without their places in criu's source. */
  static List<String> errors(Path log) {
    try {
      List<String> errors =
          Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1).stream()
              .map(line -> line.replaceFirst("^\\([0-9.]+\\) +(\\d+: )?", ""))
              .filter(line -> line.startsWith("Error"))
              .map(line -> line.replaceFirst("^Error \\([^)]*\\): ", "").strip())
              .toList();
      return errors.subList(Math.max(0, errors.size() - LOG_LINES), errors.size());
    } catch (IOException none) {
      return List.of();
    }
  }

  /**
   * Which criu it is.
   *
   * @return 100 × (100 × major + minor) + sublevel: 31701 for 3.17.1
   */
  public static int version(CriuProcess criu) throws IOException, CriuException {
    byte[] answer = criu.exchange(CriuRequest.version().toByteArray());
    CriuReply reply = answer.length == 0 ? null : CriuReply.parse(answer);
    if (reply == null || !reply.success() || reply.version() == 0) {
      throw new CriuException("criu does not tell its version; expected 3.0 or later");
    }
    return reply.version();
  }

  /** Whether the kernel can tell which memory a process changes, which a pre-dump needs. */
  public static boolean tracksMemory(CriuProcess criu) throws IOException {
    byte[] answer = criu.exchange(new CriuRequest(CriuRequest.Type.FEATURE_CHECK).toByteArray());
    return answer.length > 0 && CriuReply.parse(answer).memTrack();
  }
}
