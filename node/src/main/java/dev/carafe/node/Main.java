package dev.carafe.node;

import dev.carafe.node.host.HostCommands;
import dev.carafe.node.host.HostException;
import dev.carafe.node.host.Installer;
import dev.carafe.node.host.Uninstaller;
import dev.carafe.node.kube.ClusterGate;
import dev.carafe.node.kube.Eviction;
import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.kube.NodeObject;
import dev.carafe.node.kube.RdtStatus;
import dev.carafe.node.kube.RdtWatch;
import dev.carafe.node.rdt.GrpcCarafed;
import dev.carafe.node.rdt.RdtFile;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * {@code carafe-node run|uninstall}; {@link Settings} says what the environment holds. Exit codes:
 * 0 uninstalled or asked to stop, 1 could not, 2 wrong use.
 */
public final class Main {
  private static final Logger LOG = LogManager.getLogger(Main.class);
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(2);
  private static final String LAST_EVENT = "/var/lib/carafe-node/last-event";

  private Main() {}

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    if (args.length != 1 || !(args[0].equals("run") || args[0].equals("uninstall"))) {
      System.err.println("usage: carafe-node run|uninstall");
      return 2;
    }
    Settings settings;
    try {
      settings = Settings.of(System.getenv());
    } catch (IllegalArgumentException wrong) {
      System.err.println("carafe-node: " + wrong.getMessage());
      return 2;
    }
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      if (args[0].equals("uninstall")) {
        uninstall(settings, client);
      } else {
        manage(settings, client);
      }
      return 0;
    } catch (HostException | IOException failure) {
      LOG.error("carafe-node: {}", failure.getMessage(), failure);
      return 1;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static void manage(Settings settings, KubernetesClient client)
      throws InterruptedException {
    NodeObject node = new NodeObject(client, settings.node());
    NodeEvents events = new NodeEvents(client, settings.node());
    HostCommands commands = new HostCommands(settings.host().command(), COMMAND_LIMIT);
    try (GrpcCarafed carafed = GrpcCarafed.at(settings.socket())) {
      NodeManager manager =
          new NodeManager(
              settings,
              new Installer(
                  settings.host(),
                  commands,
                  gate(settings, client, node),
                  new CriFormerRuntime(settings.host(), settings.podUid()),
                  settings.drain()),
              node,
              new RdtFollower(
                  new RdtFile(settings.host()),
                  carafed,
                  new RdtStatus(client, settings.node()),
                  events),
              carafed);
      NewsBridge news = new NewsBridge(carafed, events, settings.host().path(LAST_EVENT));
      Thread bridge = Thread.ofVirtual().name("news").start(news::run);
      try (RdtWatch watch =
          RdtWatch.start(client, settings.namespace(), settings.configMap(), manager::wake)) {
        manager.run(watch);
      } finally {
        bridge.interrupt();
      }
    }
  }

  /** Uninstalls, and stays: a DaemonSet would start it again. */
  private static void uninstall(Settings settings, KubernetesClient client)
      throws HostException, IOException, InterruptedException {
    HostCommands commands = new HostCommands(settings.host().command(), COMMAND_LIMIT);
    NodeObject node = new NodeObject(client, settings.node());
    new Uninstaller(settings.host(), commands, gate(settings, client, node)).uninstall();
    LOG.info("Carafe is uninstalled; the chart can be removed");
    while (true) {
      TimeUnit.DAYS.sleep(1);
    }
  }

  private static ClusterGate gate(Settings settings, KubernetesClient client, NodeObject node) {
    return new ClusterGate(
        node,
        new NodeEvents(client, settings.node()),
        new Eviction(client),
        settings.host().mode());
  }
}
