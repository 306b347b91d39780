package dev.carafe.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.node.host.FakeHost;
import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Installer;
import dev.carafe.node.host.Mode;
import dev.carafe.node.kube.ClusterGate;
import dev.carafe.node.kube.Eviction;
import dev.carafe.node.kube.MockCluster;
import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.kube.NodeObject;
import dev.carafe.node.kube.RdtStatus;
import dev.carafe.node.kube.RdtWatch;
import dev.carafe.node.rdt.RdtFile;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole rounds, on a host that is a directory and fabric8's mock server. */
class NodeManagerTest {
  private static final String NAMESPACE = "carafe-system";

  @TempDir private Path directory;
  private final MockCluster cluster = new MockCluster();
  private final FakeCarafed carafed = new FakeCarafed();
  private FakeHost host;
  private RdtWatch watch;
  private NodeManager manager;

  @BeforeEach
  void make() throws Exception {
    host = new FakeHost(directory);
    HostSettings settings = host.settings("1", Mode.BESIDE);
    NodeObject node = new NodeObject(cluster.client(), "n1");
    NodeEvents events = new NodeEvents(cluster.client(), "n1");
    ClusterGate gate = new ClusterGate(node, events, new Eviction(cluster.client()), Mode.BESIDE);
    manager =
        new NodeManager(
            new Settings(
                "n1",
                NAMESPACE,
                "",
                "carafe-rdt",
                settings,
                settings.path("/run/carafe/carafe.sock"),
                settings.path("/sys/fs/resctrl"),
                false,
                true),
            new Installer(settings, host.commands(), gate, endpoint -> {}, false),
            node,
            new RdtFollower(
                new RdtFile(settings), carafed, new RdtStatus(cluster.client(), "n1"), events),
            carafed);
    watch = RdtWatch.start(cluster.client(), NAMESPACE, "carafe-rdt", manager::wake);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(watch::complete);
  }

  @AfterEach
  void stop() {
    watch.close();
    cluster.close();
  }

  private void classes(String yaml) {
    cluster
        .client()
        .configMaps()
        .inNamespace(NAMESPACE)
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("carafe-rdt")
                .endMetadata()
                .withData(Map.of("rdt.yaml", yaml))
                .build())
        .createOr(io.fabric8.kubernetes.client.dsl.NonDeletingOperation::update);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          dev.carafe.node.kube.RdtSource now = watch.choose(Map.of());
          return now != null && now.text().equals(yaml);
        });
  }

  @Test
  void oneRoundInstallsAndBringsTheClasses() throws Exception {
    classes("partitions: {}\n");

    assertThat(manager.round(watch)).isTrue();

    assertThat(cluster.node().getMetadata().getLabels())
        .containsEntry("carafe.dev/runtime", "ready")
        .containsEntry("carafe.dev/build", "1")
        .doesNotContainKey("rdt.carafe.dev/l3");
    assertThat(host.read("/etc/carafe/rdt-cluster.yaml")).isEqualTo("partitions: {}\n");
    assertThat(carafed.reloads).isOne();

    host.asked();
    assertThat(manager.round(watch)).isTrue();
    assertThat(host.asked()).as("a second round changes nothing").isEmpty();
    assertThat(carafed.reloads).isOne();
  }

  @Test
  void aCarafedThatIsAwayIsAskedInTheNextRound() throws Exception {
    carafed.away = true;
    classes("a: 1\n");

    assertThat(manager.round(watch)).isFalse();
    assertThat(cluster.node().getMetadata().getLabels())
        .containsEntry("carafe.dev/runtime", "ready");

    carafed.away = false;
    assertThat(manager.round(watch)).isTrue();
    assertThat(host.read("/etc/carafe/rdt-cluster.yaml")).isEqualTo("a: 1\n");
  }

  @Test
  void aHostThatCannotRunItIsLabelled() throws Exception {
    host.answer("check", 1, "{\"checks\":[]}");

    assertThat(manager.round(watch)).isFalse();

    assertThat(cluster.node().getMetadata().getLabels())
        .containsEntry("carafe.dev/runtime", "failed");
    assertThat(cluster.node().getMetadata().getAnnotations()).containsKey("carafe.dev/failure");
  }
}
