package dev.carafe.agent.log;

import java.net.URI;
import org.apache.logging.log4j.spi.LoggerContext;
import org.apache.logging.log4j.spi.LoggerContextFactory;
import org.jspecify.annotations.Nullable;

/** The one context of this process. Thread-safe. */
final class LogContextFactory implements LoggerContextFactory {
  private final LogContext context = new LogContext(System.err);

  @Override
  public LoggerContext getContext(
      @Nullable String caller,
      @Nullable ClassLoader loader,
      @Nullable Object external,
      boolean currentContext) {
    return context;
  }

  @Override
  public LoggerContext getContext(
      @Nullable String caller,
      @Nullable ClassLoader loader,
      @Nullable Object external,
      boolean currentContext,
      @Nullable URI configuration,
      @Nullable String name) {
    return context;
  }

  @Override
  public void removeContext(LoggerContext gone) {}

  @Override
  public boolean isClassLoaderDependent() {
    return false;
  }
}
