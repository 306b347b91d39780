package dev.carafe.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Mode;
import dev.carafe.node.kube.MockCluster;
import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.kube.RdtSource;
import dev.carafe.node.kube.RdtStatus;
import dev.carafe.node.rdt.Carafed;
import dev.carafe.node.rdt.RdtFile;
import io.fabric8.kubernetes.api.model.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cluster's classes on their way to a host that is a directory. */
class RdtFollowerTest {
  @TempDir private Path root;
  private final MockCluster cluster = new MockCluster();
  private final FakeCarafed carafed = new FakeCarafed();
  private RdtFile file;
  private RdtFollower follower;

  @BeforeEach
  void make() {
    file =
        new RdtFile(
            new HostSettings(root, List.of(), root, null, Mode.BESIDE, "", Duration.ofSeconds(1)));
    follower =
        new RdtFollower(
            file,
            carafed,
            new RdtStatus(cluster.client(), "n1"),
            new NodeEvents(cluster.client(), "n1"));
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static @Nullable RdtSource source(@Nullable String text) {
    return text == null ? null : new RdtSource(text, null, List.of());
  }

  private List<Event> events(String namespace) {
    return cluster.client().v1().events().inNamespace(namespace).list().getItems();
  }

  @Test
  void fileAndDropInAreWrittenAndTakenAway() throws Exception {
    follower.follow(source("a: 1\n"));

    assertThat(file.text()).isEqualTo("a: 1\n");
    Path dropIn = root.resolve("etc/carafe/carafe.toml.d/50-carafe-node.toml");
    assertThat(dropIn).content().contains("config_file = \"/etc/carafe/rdt-cluster.yaml\"");
    assertThat(carafed.reloads).isOne();

    follower.follow(source("a: 1\n"));
    assertThat(carafed.reloads).as("nothing changed").isOne();

    follower.follow(null);
    assertThat(file.text()).isNull();
    assertThat(Files.exists(dropIn)).isFalse();
    assertThat(carafed.reloads).isEqualTo(2);
  }

  @Test
  void whatIsRefusedIsTakenBackAndToldOnce() throws Exception {
    follower.follow(source("a: 1\n"));
    carafed.accepts = false;

    follower.follow(source("b: 2\n"));
    follower.follow(source("b: 2\n"));

    assertThat(file.text()).isEqualTo("a: 1\n");
    assertThat(carafed.reloads).isEqualTo(2);
    assertThat(events("default"))
        .singleElement()
        .extracting(Event::getReason, Event::getMessage)
        .containsExactly("RdtConfigurationRefused", "class gold is used by 3 containers");

    carafed.accepts = true;
    follower.follow(source("c: 3\n"));
    assertThat(file.text()).isEqualTo("c: 3\n");
  }

  @Test
  void silenceIsNoVerdict() throws Exception {
    carafed.away = true;
    assertThatThrownBy(() -> follower.follow(source("a: 1\n")))
        .isInstanceOf(Carafed.UnreachableException.class);
    assertThat(file.text()).isNull();

    carafed.away = false;
    follower.follow(source("a: 1\n"));
    assertThat(file.text()).isEqualTo("a: 1\n");
  }

  @Test
  void newsBecomeEventsOnceEach() {
    carafed.news.add(
        new Carafed.NodeNews(
            10, "Warning", "RdtClassRefused", "no class gold", "ns", "p", "uid-1", "c"));
    carafed.news.add(new Carafed.NodeNews(11, "Normal", "Reloaded", "2 classes", "", "", "", ""));
    Path last = root.resolve("var/last");
    NewsBridge bridge = new NewsBridge(carafed, new NodeEvents(cluster.client(), "n1"), last);

    assertThatThrownBy(bridge::once).hasMessage("gone");
    assertThatThrownBy(bridge::once).hasMessage("gone");
    NewsBridge successor = new NewsBridge(carafed, new NodeEvents(cluster.client(), "n1"), last);
    assertThatThrownBy(successor::once).hasMessage("gone");

    assertThat(events("ns"))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getReason()).isEqualTo("RdtClassRefused");
          assertThat(event.getInvolvedObject().getUid()).isEqualTo("uid-1");
          assertThat(event.getInvolvedObject().getFieldPath()).isEqualTo("spec.containers{c}");
        });
    assertThat(events("default"))
        .singleElement()
        .extracting(Event::getReason)
        .isEqualTo("Reloaded");
  }
}
