package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.LogFormat;
import dev.carafe.agent.config.ConfigException;
import dev.carafe.agent.config.ConfigLoader;
import dev.carafe.agent.config.Flags;
import dev.carafe.agent.log.LogConfiguration;
import dev.carafe.runtime.linux.ServiceManager;
import dev.carafe.runtime.shim.ShimImage;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * {@code carafed}, the node agent. Exit codes: 0 asked to stop, 1 could not run, 2 wrong command
 * line or configuration.
 */
public final class Main {
  /** The version of this build. */
  public static final String VERSION = "0.1.0";

  private Main() {}

  /** Runs the agent until SIGTERM or SIGINT; SIGHUP reloads its configuration. */
  public static void main(String[] args) {
    LogConfiguration.use();
    System.exit(run(List.of(args)));
  }

  private static int run(List<String> args) {
    try {
      Flags flags = Flags.parse(args);
      return switch (flags.action()) {
        case HELP -> print(Flags.USAGE);
        case VERSION -> print("carafed " + VERSION + "\n");
        case RUN -> {
          FutureTask<ShimImage> shim = new FutureTask<>(Main::shim);
          Thread.startVirtualThread(shim);
          yield serve(ConfigLoader.load(flags), () -> ConfigLoader.load(flags), shim);
        }
      };
    } catch (ConfigException wrong) {
      System.err.println("carafed: " + wrong.getMessage());
      return 2;
    } catch (IOException | RuntimeException failure) {
      Logger log = LogManager.getLogger(Main.class);
      log.fatal("carafed cannot run: {}", failure.getMessage(), failure);
      return 1;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static int print(String text) {
    System.out.print(text);
    return 0;
  }

  /** Binds the C library too, which takes as long as reading the configuration. */
  private static ShimImage shim() throws IOException {
    Path libexec =
        Path.of(
            Objects.requireNonNull(
                System.getProperty("carafe.libexec"),
                "the system property carafe.libexec is not set: start carafed by bin/carafed"));
    return ShimImage.of(libexec.resolve("carafe-shim"));
  }

  private static int serve(CarafeConfig config, Reload.Source source, Future<ShimImage> shim)
      throws IOException, InterruptedException {
    if (config.log().format() == LogFormat.JSON) {
      LogConfiguration.useJson();
    }
    LogConfiguration.setLevel(Level.valueOf(config.log().level().name()));
    try (FileLock lock = Directories.lock(config.state());
        Node node = Node.start(config, source, shim, VERSION)) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "stop"));
      new ServiceManager(System.getenv("NOTIFY_SOCKET")).tell("READY=1");
      node.await();
      return lock.isValid() ? 0 : 1;
    }
  }

  /** SIGTERM's way out: the JVM alone would exit with 143, which systemd calls a failure. */
  private static void stop(Node node) {
    int code = 0;
    try {
      node.close();
    } catch (IOException failure) {
      LogManager.getLogger(Main.class).error("the agent did not stop cleanly", failure);
      code = 1;
    }
    Runtime.getRuntime().halt(code);
  }
}
