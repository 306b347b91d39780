package dev.carafe.agent.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.layout.AbstractStringLayout;

/**
 * One line an event, and the stack of a failure below it: {@code 2026-11-22T06:03:34.558Z INFO Node
 * text}. Thread-safe.
 */
final class LineLayout extends AbstractStringLayout {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

  LineLayout() {
    super(UTF_8);
  }

  @Override
  public String toSerializable(LogEvent event) {
    StringWriter text = new StringWriter();
    String name = event.getLoggerName();
    text.append(time(event.getTimeMillis()))
        .append(' ')
        .append(event.getLevel().name())
        .append(' ')
        .append(name.substring(name.lastIndexOf('.') + 1))
        .append(' ')
        .append(event.getMessage().getFormattedMessage())
        .append('\n');
    Throwable thrown = event.getThrown();
    if (thrown != null) {
      thrown.printStackTrace(new PrintWriter(text));
    }
    return text.toString();
  }

  private static String time(long millis) {
    return TIME.format(
        OffsetDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneId.systemDefault()));
  }
}
