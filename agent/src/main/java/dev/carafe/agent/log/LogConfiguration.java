package dev.carafe.agent.log;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.spi.Provider;

/**
 * The loggers of this process: everything to standard error, where journald and kubectl logs find
 * it. Behind log4j's interface stands this package and not log4j-core, whose plug-ins, file formats
 * and appenders would cost a start 500 classes.
 */
public final class LogConfiguration {
  private LogConfiguration() {}

  /** Puts it in force; to be called before the first logger is made. */
  public static void use() {
    System.setProperty(Provider.PROVIDER_PROPERTY_NAME, LogProvider.class.getName());
  }

  /** One JSON object an event (Elastic Common Schema) instead of a line. */
  public static void useJson() {
    context().setForm(LogEvent::json);
  }

  /** Drops what is less severe; at first that is INFO. */
  public static void setLevel(Level least) {
    context().setLevel(least);
  }

  private static LogContext context() {
    if (LogManager.getContext(false) instanceof LogContext ours) {
      return ours;
    }
    throw new IllegalStateException(
        "the loggers are of %s: LogConfiguration.use() has to come before the first logger"
            .formatted(LogManager.getContext(false).getClass().getName()));
  }
}
