package dev.carafe.node.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.node.host.FakeHost;
import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Installer;
import dev.carafe.node.host.Mode;
import dev.carafe.node.host.Uninstaller;
import dev.carafe.node.kube.ClusterGate;
import dev.carafe.node.kube.Eviction;
import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.kube.NodeObject;
import dev.carafe.node.kube.RdtClassConfig;
import dev.carafe.node.kube.RdtClassConfigSpec;
import dev.carafe.node.kube.RdtClassConfigStatus.NodeEntry;
import dev.carafe.node.kube.RdtSource;
import dev.carafe.node.kube.RdtStatus;
import dev.carafe.node.kube.RdtWatch;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart installed by helm in a real API server, and the node manager's parts with the rights
 * that the chart's own service account has. There is no kubelet: the node object is the test's.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {
  private static final String NAMESPACE = "carafe-system";

  private Path directory;
  private Path helm;
  private ApiServer server;
  private KubernetesClient admin;
  private KubernetesClient manager;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    Path home = Path.of(System.getProperty("carafe.home", "."));
    Path programs =
        Path.of(
            System.getProperty("carafe.cluster", home.resolve("e2e/target/cluster").toString()));
    helm = programs.resolve("helm");
    Assumptions.assumeTrue(
        Files.isExecutable(programs.resolve("kube-apiserver")) && Files.isExecutable(helm),
        "SKIP kube-apiserver: not built in " + programs + "; make test-cluster builds it");
    server = ApiServer.start(programs, Files.createDirectory(directory.resolve("server")));
    admin = server.administrator();
    node("n1", "True", "carafe://0.1.0");
    helm(
        "install",
        "carafe",
        home.resolve("helm/carafe").toString(),
        "--namespace=" + NAMESPACE,
        "--create-namespace",
        "--set=mode=replace,rdt.offerClosids=true,metrics.enabled=true");
    TokenRequest token =
        admin
            .serviceAccounts()
            .inNamespace(NAMESPACE)
            .withName("carafe-node")
            .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build());
    manager = server.client(token.getStatus().getToken());
  }

  @AfterAll
  void stop() {
    if (manager != null) {
      manager.close();
    }
    if (admin != null) {
      admin.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private void node(String name, String ready, String runtime) {
    admin
        .nodes()
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("pool", "latency")
                .endMetadata()
                .build())
        .create();
    admin
        .nodes()
        .withName(name)
        .editStatus(now ->
            new NodeBuilder(now)
                .withNewStatus()
                .withNewNodeInfo()
                .withArchitecture("amd64")
                .withBootID("b")
                .withContainerRuntimeVersion(runtime)
                .withKernelVersion("6")
                .withKubeProxyVersion("")
                .withKubeletVersion("v1")
                .withMachineID("m")
                .withOperatingSystem("linux")
                .withOsImage("o")
                .withSystemUUID("s")
                .endNodeInfo()
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready)
                .endCondition()
                .endStatus()
                .build());
  }

  private String helm(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(helm.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(server.helmEnvironment());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private ClusterGate gate() {
    return new ClusterGate(
        new NodeObject(manager, "n1"),
        new NodeEvents(manager, "n1"),
        new Eviction(manager),
        Mode.REPLACE);
  }

  private Node now() {
    return admin.nodes().withName("n1").require();
  }

  @Test
  void theChartsRightsAreEnoughToInstallAndUninstall() throws Exception {
    FakeHost host = new FakeHost(Files.createDirectory(directory.resolve("host")));
    HostSettings settings = host.settings("0.1.0-abc", Mode.REPLACE);

    assertThat(new Installer(settings, host.commands(), gate(), endpoint -> {}, true).install())
        .isTrue();

    assertThat(now().getMetadata().getLabels())
        .containsEntry("carafe.dev/runtime", "ready")
        .containsEntry("carafe.dev/build", "0.1.0-abc");
    assertThat(now().getSpec().getTaints())
        .extracting(Taint::getKey)
        .doesNotContain("carafe.dev/installing");
    assertThat(host.asked()).contains("systemctl restart kubelet.service");

    new NodeObject(manager, "n1").offer("carafe.dev/closids", 12);
    assertThat(now().getStatus().getCapacity().get("carafe.dev/closids").getAmount())
        .isEqualTo("12");

    new Uninstaller(settings, host.commands(), gate()).uninstall();
    assertThat(now().getMetadata().getLabels()).doesNotContainKey("carafe.dev/runtime");
  }

  @Test
  void theChartsRightsAreNoMore() {
    assertThatThrownBy(() -> manager.secrets().inNamespace(NAMESPACE).list())
        .isInstanceOfSatisfying(
            KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403));
    assertThatThrownBy(() -> manager.nodes().withName("n1").delete())
        .isInstanceOf(KubernetesClientException.class);
    assertThatThrownBy(
            () -> manager.configMaps().inNamespace(NAMESPACE).withName("carafe-config").get())
        .isInstanceOf(KubernetesClientException.class);
  }

  @Test
  void classesAreWatchedAndTheirStatusIsWritten() throws Exception {
    admin.resource(resource("latency", 10)).create();
    admin.resource(resource("everywhere", 0)).create();
    try (RdtWatch watch = RdtWatch.start(manager, NAMESPACE, "carafe-rdt", () -> {})) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> watch.complete() && watch.choose(Map.of("pool", "latency")) != null);
      RdtSource source = watch.choose(Map.of("pool", "latency"));
      assertThat(source).isNotNull();
      RdtClassConfig chosen = source.resource();
      assertThat(chosen).isNotNull();
      assertThat(chosen.getMetadata().getName()).isEqualTo("latency");

      new RdtStatus(manager, "n1").write(chosen, "Applied", "in force");
      new RdtStatus(manager, "n2").write(chosen, "Refused", "no L3");
      assertThat(entries("latency"))
          .containsExactlyInAnyOrder(
              new NodeEntry("n1", 1, "Applied", "in force"),
              new NodeEntry("n2", 1, "Refused", "no L3"));
      new RdtStatus(manager, "n1").write(chosen, "Refused", "in use");
      assertThat(entries("latency"))
          .contains(new NodeEntry("n1", 1, "Refused", "in use"))
          .hasSize(2);
    }
  }

  private List<NodeEntry> entries(String name) {
    return admin.resources(RdtClassConfig.class).withName(name).require().getStatus().nodes();
  }

  private static RdtClassConfig resource(String name, int priority) throws IOException {
    RdtClassConfig resource = new RdtClassConfig();
    resource.getMetadata().setName(name);
    resource.setSpec(
        new RdtClassConfigSpec(
            Map.of("pool", "latency"),
            priority,
            new ObjectMapper()
                .readTree(
                    "{\"partitions\":{\"p\":{\"l3Allocation\":\"100%\",\"classes\":{\"gold\":{}}}}}")));
    return resource;
  }

  @Test
  void eventsAreTaken() {
    new NodeEvents(manager, "n1")
        .aboutPod(
            new NodeEvents.PodRef("default", "p", "u", "c"), "Warning", "RdtClassRefused", "gold");

    assertThat(admin.v1().events().inNamespace("default").list().getItems())
        .anySatisfy(event -> {
          assertThat(event.getReason()).isEqualTo("RdtClassRefused");
          assertThat(event.getInvolvedObject().getName()).isEqualTo("p");
        });
  }

  @Test
  void theChartUpgradesToBothModes() throws Exception {
    Path chart = Path.of(System.getProperty("carafe.home", ".")).resolve("helm/carafe");
    String said =
        helm(
            "upgrade",
            "--install",
            "second",
            chart.toString(),
            "--namespace=second",
            "--create-namespace",
            "--set=runtimeClass.name=second,serviceAccount.name=second");
    assertThat(said).contains("STATUS: deployed");
    assertThat(
            helm(
                "upgrade",
                "second",
                chart.toString(),
                "--namespace=second",
                "--reuse-values",
                "--set=mode=replace,uninstall=true"))
        .contains("STATUS: deployed");
    assertThat(
            admin
                .apps()
                .daemonSets()
                .inNamespace("second")
                .withName("second")
                .require()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getArgs())
        .containsExactly("uninstall");
    helm("uninstall", "second", "--namespace=second");
  }
}
