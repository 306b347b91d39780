package dev.carafe.agent.log;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.logging.log4j.Level;
import org.jspecify.annotations.Nullable;

/**
 * Something that was logged.
 *
 * @param thread the name of the thread that did; empty for a virtual thread without one
 * @param thrown the failure that it was about
 */
record LogEvent(
    Instant time,
    Level level,
    String logger,
    String thread,
    String message,
    @Nullable Throwable thrown) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

  LogEvent {
    requireNonNull(time, "time is null");
    requireNonNull(level, "level is null");
    requireNonNull(logger, "logger is null");
    requireNonNull(thread, "thread is null");
    requireNonNull(message, "message is null");
  }

  /**
   * One line, and the stack of a failure below it: {@code 2026-11-22T06:03:34.558Z INFO Node text}.
   */
  String text() {
    String at = TIME.format(OffsetDateTime.ofInstant(time, ZoneId.systemDefault()));
    String name = logger.substring(logger.lastIndexOf('.') + 1);
    String line = at + ' ' + level.name() + ' ' + name + ' ' + message + '\n';
    return thrown == null ? line : line + stack(thrown);
  }

  /** One line with a JSON object whose keys are those of the Elastic Common Schema 1.2. */
  String json() {
    ObjectNode object =
        JsonMapper.builder()
            .build()
            .createObjectNode()
            .put("@timestamp", TIME.format(time.atOffset(ZoneOffset.UTC)))
            .put("ecs.version", "1.2.0")
            .put("log.level", level.name())
            .put("message", message)
            .put("process.thread.name", thread)
            .put("log.logger", logger);
    if (thrown != null) {
      object
          .put("error.type", thrown.getClass().getName())
          .put("error.message", thrown.getMessage())
          .put("error.stack_trace", stack(thrown));
    }
    return object + "\n";
  }

  private static String stack(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
