package dev.carafe.agent.log;

import org.apache.logging.log4j.spi.LoggerContextFactory;
import org.apache.logging.log4j.spi.Provider;

/** What log4j's interface asks for an implementation; it makes one by this class's name. */
public final class LogProvider extends Provider {
  private static final int PRIORITY = 100;

  private final LogContext context = new LogContext(System.err);

  /** The loggers of this process. */
  public LogProvider() {
    super(PRIORITY, CURRENT_VERSION);
  }

  @Override
  public LoggerContextFactory getLoggerContextFactory() {
    return context;
  }
}
