package dev.carafe.node.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three homes of a kubelet's endpoint. */
class KubeletEndpointTest {
  private static final String CONFIG = "/var/lib/kubelet/config.yaml";
  private static final String FLAGS = "/var/lib/kubelet/kubeadm-flags.env";
  private static final String DROP_IN = "/etc/systemd/system/kubelet.service.d/20-carafe.conf";
  private static final String OURS = "unix:///run/carafe/carafe.sock";

  @TempDir private Path directory;
  private FakeHost host;
  private KubeletEndpoint endpoint;

  @BeforeEach
  void make() throws IOException {
    host = new FakeHost(directory);
    endpoint = new KubeletEndpoint(host.settings("1", Mode.REPLACE));
  }

  @Test
  void configurationFile() throws Exception {
    String before =
        "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: \"unix:///x\"\nport: 1\n";
    host.put(CONFIG, before);

    assertThat(endpoint.point(OURS)).isTrue();
    assertThat(host.read(CONFIG))
        .isEqualTo("kind: KubeletConfiguration\ncontainerRuntimeEndpoint: " + OURS + "\nport: 1\n");
    assertThat(endpoint.point(OURS)).as("not restarted yet").isTrue();
    endpoint.restarted();
    assertThat(endpoint.point(OURS)).as("again").isFalse();
    assertThat(endpoint.former()).isEqualTo("unix:///x");

    assertThat(endpoint.restore()).isTrue();
    assertThat(endpoint.restore()).as("not restarted yet").isTrue();
    endpoint.restarted();
    assertThat(host.read(CONFIG)).isEqualTo(before);
    assertThat(endpoint.restore()).as("again").isFalse();
  }

  @Test
  void bothFilesWhenBothNameOne() throws Exception {
    host.put(CONFIG, "containerRuntimeEndpoint: unix:///x\n");
    host.put(FLAGS, "A=\"--container-runtime-endpoint=unix:///y\"\n");

    endpoint.point(OURS);

    assertThat(host.read(CONFIG)).contains(OURS);
    assertThat(host.read(FLAGS)).isEqualTo("A=\"--container-runtime-endpoint=" + OURS + "\"\n");
    assertThat(host.has(DROP_IN)).isFalse();
  }

  @Test
  void dropInWhereNothingNamesOne() throws Exception {
    host.put(CONFIG, "kind: KubeletConfiguration\n");

    assertThat(endpoint.former()).isNull();
    assertThat(endpoint.point(OURS)).isTrue();
    assertThat(endpoint.former()).isEqualTo("unix:///run/containerd/containerd.sock");
    assertThat(host.read(DROP_IN)).contains("--container-runtime-endpoint=" + OURS);
    assertThat(host.read(CONFIG)).isEqualTo("kind: KubeletConfiguration\n");

    assertThat(endpoint.restore()).isTrue();
    assertThat(host.has(DROP_IN)).isFalse();
  }

  @Test
  void anEmptyEndpointIsTheKubeletsOwnDefault() throws Exception {
    host.put(CONFIG, "containerRuntimeEndpoint: \"\"\nport: 1\n");

    endpoint.point(OURS);

    assertThat(host.read(CONFIG)).isEqualTo("containerRuntimeEndpoint: " + OURS + "\nport: 1\n");
    assertThat(endpoint.former()).isEqualTo("unix:///run/containerd/containerd.sock");
  }

  @Test
  void theFirstBackupIsKept() throws Exception {
    host.put(FLAGS, "A=\"--container-runtime-endpoint=unix:///former\"\n");
    endpoint.point("unix:///one");
    endpoint.point("unix:///two");

    endpoint.restore();

    assertThat(host.read(FLAGS)).contains("unix:///former");
  }
}
