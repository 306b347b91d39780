package dev.carafe.agent.log;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Marker;
import org.apache.logging.log4j.message.Message;
import org.apache.logging.log4j.message.ParameterizedMessageFactory;
import org.apache.logging.log4j.simple.SimpleLogger;
import org.apache.logging.log4j.util.PropertiesUtil;
import org.jspecify.annotations.Nullable;

/**
 * A logger of a context. Its base class knows what is enabled; how a message is written is ours.
 */
final class StreamLogger extends SimpleLogger {
  private static final long serialVersionUID = 1;

  private final transient LogContext context;

  StreamLogger(String name, Level level, LogContext context) {
    super(
        name,
        level,
        false,
        false,
        false,
        false,
        "",
        ParameterizedMessageFactory.INSTANCE,
        PropertiesUtil.getProperties(),
        System.err);
    this.context = requireNonNull(context, "context is null");
  }

  @Override
  public void logMessage(
      String caller,
      Level severity,
      @Nullable Marker marker,
      Message message,
      @Nullable Throwable thrown) {
    context.write(
        new LogEvent(
            Instant.now(),
            severity,
            getName(),
            Thread.currentThread().getName(),
            message.getFormattedMessage(),
            thrown));
  }
}
