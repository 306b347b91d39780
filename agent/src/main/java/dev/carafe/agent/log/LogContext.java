package dev.carafe.agent.log;

import static java.util.Objects.requireNonNull;

import java.io.PrintStream;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.message.MessageFactory;
import org.apache.logging.log4j.simple.SimpleLogger;
import org.apache.logging.log4j.spi.ExtendedLogger;
import org.apache.logging.log4j.spi.LoggerContext;
import org.apache.logging.log4j.util.PropertiesUtil;
import org.jspecify.annotations.Nullable;

/**
 * The loggers of this process: one line an event on standard error, where journald and kubectl logs
 * find it, as {@code 2026-11-22T06:03:34.558Z INFO Node text}. Thread-safe.
 */
public final class LogContext implements LoggerContext {
  private static final String TIME = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

  /** Libraries that say at info what is no news of the node. */
  private static final Map<String, Level> QUIET =
      Map.of("io.netty.bootstrap", Level.ERROR, "io.netty", Level.WARN, "io.grpc", Level.WARN);

  private final Map<String, SimpleLogger> loggers = new ConcurrentHashMap<>();
  private final PropertiesUtil none = new PropertiesUtil(new Properties());
  private final PrintStream out;
  private volatile Level level = Level.INFO;

  LogContext(PrintStream out) {
    this.out = requireNonNull(out, "out is null");
  }

  /** Sets the level of this process, from now on; the libraries' own noise stays out. */
  public static void setLevel(Level level) {
    if (LogManager.getContext(false) instanceof LogContext context) {
      context.level(level);
    }
  }

  void level(Level wanted) {
    level = requireNonNull(wanted, "wanted is null");
    loggers.forEach((name, logger) -> logger.setLevel(levelOf(name)));
  }

  private Level levelOf(String name) {
    Level limit = level;
    for (Map.Entry<String, Level> quiet : QUIET.entrySet()) {
      if (name.startsWith(quiet.getKey()) && quiet.getValue().isMoreSpecificThan(limit)) {
        limit = quiet.getValue();
      }
    }
    return limit;
  }

  @Override
  public ExtendedLogger getLogger(String name) {
    return getLogger(name, null);
  }

  @Override
  public ExtendedLogger getLogger(String name, @Nullable MessageFactory messages) {
    SimpleLogger logger =
        loggers.computeIfAbsent(
            name,
            n ->
                new SimpleLogger(
                    n, Level.INFO, false, true, true, false, TIME, messages, none, out));
    // Here too, for the level may have changed while the logger was made.
    logger.setLevel(levelOf(name));
    return logger;
  }

  @Override
  public boolean hasLogger(String name) {
    return loggers.containsKey(name);
  }

  @Override
  public boolean hasLogger(String name, Class<? extends MessageFactory> messages) {
    return hasLogger(name);
  }

  @Override
  public boolean hasLogger(String name, @Nullable MessageFactory messages) {
    return hasLogger(name);
  }

  @Override
  public @Nullable Object getExternalContext() {
    return null;
  }
}
