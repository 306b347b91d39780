package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How a stream ended, as the error channel tells it. */
sealed interface ExitStatus {
  /** What the channel protocols before v4 write: words on failure, nothing on success. */
  default byte[] text() {
    return switch (this) {
      case Exited(int code) when code == 0 -> new byte[0];
      case Exited exited -> exited.message().getBytes(UTF_8);
      case Broken(String message) -> message.getBytes(UTF_8);
    };
  }

  /** What v4 and v5 write: a {@code metav1.Status} object. */
  default byte[] json() {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.putObject("metadata");
    switch (this) {
      case Exited(int code) when code == 0 -> status.put("status", "Success");
      case Exited exited -> {
        status.put("status", "Failure");
        status.put("message", exited.message());
        status.put("reason", "NonZeroExitCode");
        ObjectNode cause = status.putObject("details").putArray("causes").addObject();
        cause.put("reason", "ExitCode");
        cause.put("message", Integer.toString(exited.code()));
      }
      case Broken(String message) -> {
        status.put("status", "Failure");
        status.put("message", message);
        status.put("reason", "InternalError");
        status.putObject("details").putArray("causes").addObject().put("message", message);
        status.put("code", 500);
      }
    }
    return status.toString().getBytes(UTF_8);
  }

  /**
   * The process ended, or the attached container did (code 0).
   *
   * @param code exit code, 128+n for signal n
   */
  record Exited(int code) implements ExitStatus {
    String message() {
      return "command terminated with non-zero exit code " + code;
    }
  }

  /** It could not be started, or its stream was lost. */
  record Broken(String message) implements ExitStatus {
    /** Checks the component. */
    public Broken {
      requireNonNull(message, "message is null");
    }
  }
}
