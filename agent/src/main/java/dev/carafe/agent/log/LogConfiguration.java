package dev.carafe.agent.log;

import java.net.URI;
import java.net.URL;
import java.util.Objects;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;

/**
 * The loggers of this process: everything to standard error, where journald and kubectl logs find
 * it. Written in code, for a start then finds, reads and binds no file; log4j's base class still
 * collects its plugins.
 */
public final class LogConfiguration extends AbstractConfiguration {
  private static final String FILE = "log4j2.configurationFile";
  private static final String JSON_FILE = "/log4j2-json.properties";

  private LogConfiguration() {
    super(null, ConfigurationSource.NULL_SOURCE);
  }

  /** Puts it in force before the first logger is made, unless a file is named for log4j. */
  public static void use() {
    if (System.getProperty(FILE) == null) {
      Configurator.initialize(new LogConfiguration());
    }
  }

  /**
   * One JSON object an event (Elastic Common Schema) instead of a line; costs the plugins' start.
   */
  public static void useJson() {
    URL file =
        Objects.requireNonNull(
            LogConfiguration.class.getResource(JSON_FILE), JSON_FILE + " is not in this build");
    Configurator.reconfigure(URI.create(file.toString()));
  }

  /** Instead of what a file would say. */
  @Override
  public void initialize() {
    ConsoleAppender console =
        ConsoleAppender.newBuilder()
            .setName("console")
            .setTarget(ConsoleAppender.Target.SYSTEM_ERR)
            .setLayout(new LineLayout())
            .setConfiguration(this)
            .build();
    addAppender(console);
    getRootLogger().addAppender(console, null, null);
    getRootLogger().setLevel(Level.INFO);
    addLogger("io.netty.bootstrap", new LoggerConfig("io.netty.bootstrap", Level.ERROR, true));
    addLogger("io.grpc", new LoggerConfig("io.grpc", Level.WARN, true));
    setState(State.INITIALIZED);
  }
}
