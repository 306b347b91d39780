package dev.carafe.agent.log;

import org.apache.logging.log4j.spi.LoggerContextFactory;
import org.apache.logging.log4j.spi.NoOpThreadContextMap;
import org.apache.logging.log4j.spi.Provider;

/**
 * What log4j-api finds on the class path (META-INF/services) and logs by. It stands in for
 * log4j-core, of which one pattern and one appender would be used at 6 MiB and 50 ms of each start.
 */
public final class LogProvider extends Provider {
  /** Above log4j-core's 10, so that a test's class path with both logs as the product does. */
  private static final int PRIORITY = 20;

  private final LogContextFactory factory = new LogContextFactory();

  /** For the service loader. */
  public LogProvider() {
    super(PRIORITY, CURRENT_VERSION, LogContextFactory.class, NoOpThreadContextMap.class);
  }

  @Override
  public LoggerContextFactory getLoggerContextFactory() {
    return factory;
  }
}
