package dev.carafe.agent.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.PrintStream;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.message.MessageFactory;
import org.apache.logging.log4j.spi.ExtendedLogger;
import org.apache.logging.log4j.spi.LoggerContext;
import org.apache.logging.log4j.spi.LoggerContextFactory;
import org.jspecify.annotations.Nullable;

/** All loggers of the process, which write to one stream. Thread-safe. */
final class LogContext implements LoggerContext, LoggerContextFactory {
  /** Netty names each socket it opens, and shows each HTTP/2 frame under gRPC's name. */
  private static final Map<String, Level> QUIETER =
      Map.of("io.netty.bootstrap", Level.ERROR, "io.grpc", Level.WARN);

  private final PrintStream stream;
  private final ConcurrentMap<String, StreamLogger> loggers = new ConcurrentHashMap<>();
  private volatile Level level = Level.INFO;
  private volatile Function<LogEvent, String> form = LogEvent::text;

  LogContext(PrintStream stream) {
    this.stream = requireNonNull(stream, "stream is null");
  }

  /** What is less severe is dropped, by loggers that exist and by later ones. */
  void setLevel(Level least) {
    level = requireNonNull(least, "least is null");
    loggers.forEach((name, logger) -> logger.setLevel(levelOf(name)));
  }

  /** How events are written from now on. */
  void setForm(Function<LogEvent, String> next) {
    form = requireNonNull(next, "next is null");
  }

  /** Writes an event whole. */
  void write(LogEvent event) {
    byte[] line = form.apply(event).getBytes(UTF_8);
    stream.write(line, 0, line.length);
    stream.flush();
  }

  private Level levelOf(String logger) {
    return QUIETER.entrySet().stream()
        .filter(quieter -> logger.startsWith(quieter.getKey()))
        .findFirst()
        .map(Map.Entry::getValue)
        .filter(least -> least.isMoreSpecificThan(level))
        .orElse(level);
  }

  @Override
  public ExtendedLogger getLogger(String name) {
    return loggers.computeIfAbsent(name, key -> new StreamLogger(key, levelOf(key), this));
  }

  @Override
  public ExtendedLogger getLogger(String name, @Nullable MessageFactory sameForAll) {
    return getLogger(name);
  }

  @Override
  public boolean hasLogger(String name) {
    return loggers.containsKey(name);
  }

  @Override
  public boolean hasLogger(String name, @Nullable MessageFactory sameForAll) {
    return hasLogger(name);
  }

  @Override
  public boolean hasLogger(String name, @Nullable Class<? extends MessageFactory> sameForAll) {
    return hasLogger(name);
  }

  @Override
  public @Nullable Object getExternalContext() {
    return null;
  }

  @Override
  public LoggerContext getContext(
      String caller, @Nullable ClassLoader loader, @Nullable Object external, boolean current) {
    return this;
  }

  @Override
  public LoggerContext getContext(
      String caller,
      @Nullable ClassLoader loader,
      @Nullable Object external,
      boolean current,
      @Nullable URI configuration,
      @Nullable String name) {
    return this;
  }

  @Override
  public void removeContext(LoggerContext context) {
    throw new UnsupportedOperationException("there is one context as long as the process lives");
  }
}
