package dev.carafe.node.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.node.host.HostException;
import dev.carafe.node.host.Mode;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The handshake on fabric8's mock server. */
class ClusterGateTest {
  private final MockCluster cluster = new MockCluster();
  private final NodeObject node = new NodeObject(cluster.client(), "n1");

  private ClusterGate gate(Mode mode) {
    return new ClusterGate(
        node, new NodeEvents(cluster.client(), "n1"), new Eviction(cluster.client()), mode);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Map<String, String> labels() {
    return cluster.node().getMetadata().getLabels();
  }

  private List<String> taints() {
    return cluster.node().getSpec().getTaints().stream().map(Taint::getKey).toList();
  }

  @Test
  void closesAndOpens() throws Exception {
    node.taint("somebody.else");
    ClusterGate gate = gate(Mode.REPLACE);

    gate.close("0.1.0-abc");
    assertThat(labels())
        .containsEntry("carafe.dev/runtime", "installing")
        .containsEntry("zone", "a");
    assertThat(taints()).containsExactlyInAnyOrder("somebody.else", "carafe.dev/installing");

    gate.close("0.1.0-abc");
    assertThat(taints()).as("repeated").hasSize(2);

    gate.open("0.1.0-abc");
    assertThat(labels())
        .containsEntry("carafe.dev/runtime", "ready")
        .containsEntry("carafe.dev/build", "0.1.0-abc");
    assertThat(taints()).containsExactly("somebody.else");
  }

  @Test
  void besideNeverTaints() throws Exception {
    gate(Mode.BESIDE).close("1");

    assertThat(taints()).isEmpty();
  }

  @Test
  void failureIsAnAnnotationAndAnEvent() throws Exception {
    ClusterGate gate = gate(Mode.REPLACE);
    gate.close("1");
    gate.failed("1", "it was not ready");

    assertThat(labels()).containsEntry("carafe.dev/runtime", "failed");
    assertThat(cluster.node().getMetadata().getAnnotations())
        .containsEntry("carafe.dev/failure", "it was not ready");
    assertThat(taints()).isEmpty();
    assertThat(cluster.client().v1().events().inNamespace("default").list().getItems())
        .singleElement()
        .extracting(Event::getReason, Event::getType, e -> e.getInvolvedObject().getName())
        .containsExactly("CarafeInstallFailed", "Warning", "n1");

    gate.open("2");
    assertThat(cluster.node().getMetadata().getAnnotations())
        .doesNotContainKey("carafe.dev/failure");
  }

  @Test
  void nothingStaysAfterUninstall() throws Exception {
    ClusterGate gate = gate(Mode.REPLACE);
    gate.open("1");
    Map<String, @Nullable String> rdt = new HashMap<>();
    rdt.put("rdt.carafe.dev/l3", "true");
    node.mark(rdt, Map.of("carafe.dev/rdt-classes", "gold"));

    gate.gone();

    assertThat(labels()).containsOnlyKeys("zone");
    assertThat(cluster.node().getMetadata().getAnnotations())
        .doesNotContainKey("carafe.dev/rdt-classes");
  }

  @Test
  void readyMeansReadyWithCarafe() throws Exception {
    ClusterGate gate = gate(Mode.REPLACE);
    status("True", "containerd://2.0");
    assertThatThrownBy(() -> gate.awaitReady(Duration.ofSeconds(1)))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("ready with containerd://2.0; expected ready with carafe://");

    status("True", "carafe://0.1.0");
    gate.awaitReady(Duration.ofSeconds(1));
  }

  private void status(String ready, String runtime) {
    cluster
        .client()
        .nodes()
        .withName("n1")
        .editStatus(now ->
            new NodeBuilder(now)
                .editStatus()
                .withNewNodeInfo()
                .withContainerRuntimeVersion(runtime)
                .endNodeInfo()
                .withConditions()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .endStatus()
                .build());
  }

  @Test
  void daemonSetsStaticAndEndedPodsAreNotMoved() {
    Pod plain = new PodBuilder().withNewMetadata().withName("p").endMetadata().build();
    Pod daemon =
        new PodBuilder(plain)
            .editMetadata()
            .withOwnerReferences(new OwnerReferenceBuilder().withKind("DaemonSet").build())
            .endMetadata()
            .build();
    Pod mirror =
        new PodBuilder(plain)
            .editMetadata()
            .addToAnnotations("kubernetes.io/config.mirror", "x")
            .endMetadata()
            .build();
    Pod ended = new PodBuilder(plain).withNewStatus().withPhase("Succeeded").endStatus().build();

    assertThat(List.of(plain, daemon, mirror, ended))
        .filteredOn(Eviction::movable)
        .containsExactly(plain);
  }

  @Test
  void extendedResourceIsOfferedAndTakenBack() {
    node.offer(Names.CLOSID_RESOURCE, 7);
    assertThat(cluster.node().getStatus().getCapacity())
        .hasEntrySatisfying(
            "carafe.dev/closids", amount -> assertThat(amount.getAmount()).isEqualTo("7"));

    node.offer(Names.CLOSID_RESOURCE, 0);
    assertThat(cluster.node().getStatus().getCapacity()).doesNotContainKey("carafe.dev/closids");
  }

  @Test
  void labelsTakeWhatKubernetesTakes() {
    assertThat(ClusterGate.label("0.1.0+a/b")).isEqualTo("0.1.0_a_b");
    assertThat(ClusterGate.label("x".repeat(80))).hasSize(63);
  }
}
