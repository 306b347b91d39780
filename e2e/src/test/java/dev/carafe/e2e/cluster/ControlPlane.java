package dev.carafe.e2e.cluster;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.e2e.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * etcd, API server, scheduler, controllers and a kubelet on a {@link ClusterHost}, and kubectl and
 * helm for them. Its addresses are the host's own, which nobody else reaches.
 */
final class ControlPlane {
  static final String NODE = "n1";
  private static final String API = "https://10.0.0.1:443";
  private static final String ETCD = "http://127.0.0.1:2379";

  private static final String TOKENS =
      """
      administrator,admin,admin,"system:masters"
      scheduler,system:kube-scheduler,scheduler
      controllers,admin,controllers,"system:masters"
      kubelet,system:node:n1,n1,"system:nodes"
      """;

  private static final String KUBECONFIG =
      """
      {"apiVersion": "v1", "kind": "Config", "current-context": "it",
       "clusters": [{"name": "it", "cluster": {"server": "%s", "insecure-skip-tls-verify": true}}],
       "users": [{"name": "it", "user": {"token": "%s"}}],
       "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}]}
      """;

  private static final String KUBELET =
      """
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      containerRuntimeEndpoint: %1$s
      podLogsDir: %2$s/logs
      cgroupRoot: %3$s
      cgroupDriver: cgroupfs
      failCgroupV1: false
      failSwapOn: false
      makeIPTablesUtilChains: false
      localStorageCapacityIsolation: false
      oomScoreAdj: 0
      nodeStatusUpdateFrequency: 2s
      nodeStatusReportFrequency: 2s
      syncFrequency: 5s
      healthzPort: 0
      authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
      authorization: {mode: AlwaysAllow}
      enforceNodeAllocatable: []
      evictionHard: {memory.available: "0%%", nodefs.available: "0%%", imagefs.available: "0%%", nodefs.inodesFree: "0%%"}
      imageGCHighThresholdPercent: 100
      """;

  private final ClusterHost host;
  private final Path programs;

  private ControlPlane(ClusterHost host, Path programs) {
    this.host = host;
    this.programs = programs;
  }

  /**
   * Starts all but the kubelet.
   *
   * @param programs as {@code e2e/cluster/build} and {@code e2e/tools/helm/build} leave them
   */
  static ControlPlane start(ClusterHost host, Path programs)
      throws IOException, InterruptedException {
    ControlPlane cluster = new ControlPlane(host, programs);
    cluster.apiServer();
    cluster.kubeconfig("admin", "administrator");
    await("the API server")
        .atMost(Duration.ofMinutes(2))
        .until(() -> {
          Command ready = cluster.tryKubectl("get", "--raw=/readyz");
          return ready.stdout().equals("ok");
        });
    host.service(
        "kube-scheduler",
        program(programs, "kube-scheduler"),
        "--kubeconfig=" + cluster.kubeconfig("scheduler", "scheduler"),
        "--leader-elect=false");
    host.service(
        "kube-controller-manager",
        program(programs, "kube-controller-manager"),
        "--kubeconfig=" + cluster.kubeconfig("controllers", "controllers"),
        "--service-account-private-key-file=" + host.dir().resolve("sa.key"),
        "--root-ca-file=" + host.dir().resolve("certs/apiserver.crt"),
        "--leader-elect=false");
    return cluster;
  }

  private static String program(Path programs, String name) {
    return programs.resolve(name).toString();
  }

  private void apiServer() throws IOException, InterruptedException {
    Path dir = host.dir();
    Files.writeString(dir.resolve("tokens.csv"), TOKENS);
    Command key =
        Command.run("openssl", "genrsa", "-out", dir.resolve("sa.key").toString(), "2048");
    if (key.exit() != 0) {
      throw new IOException("openssl genrsa: " + key);
    }
    host.service(
        "etcd",
        program(programs, "etcd"),
        "--data-dir=" + dir.resolve("etcd"),
        "--listen-client-urls=" + ETCD,
        "--advertise-client-urls=" + ETCD,
        "--unsafe-no-fsync");
    host.service(
        "kube-apiserver",
        program(programs, "kube-apiserver"),
        "--etcd-servers=" + ETCD,
        "--cert-dir=" + dir.resolve("certs"),
        "--bind-address=0.0.0.0",
        "--advertise-address=192.0.2.1",
        "--secure-port=443",
        "--token-auth-file=" + dir.resolve("tokens.csv"),
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=" + API,
        "--service-account-key-file=" + dir.resolve("sa.key"),
        "--service-account-signing-key-file=" + dir.resolve("sa.key"));
  }

  /** The configuration of a client with a token of {@link #TOKENS}. */
  private Path kubeconfig(String name, String token) throws IOException {
    return Files.writeString(
        host.dir().resolve(name + ".kubeconfig"), KUBECONFIG.formatted(API, token));
  }

  /**
   * Starts the kubelet, where an installer looks for it.
   *
   * @param endpoint of its runtime
   * @param cgroup its root, which is there
   */
  void startKubelet(Path program, String endpoint, String cgroup)
      throws IOException, InterruptedException {
    Files.writeString(
        host.dir().resolve("kubelet/config.yaml"), KUBELET.formatted(endpoint, host.dir(), cgroup));
    host.service(
        "kubelet",
        program.toString(),
        "--config=/var/lib/kubelet/config.yaml",
        "--kubeconfig=" + kubeconfig("kubelet", "kubelet"),
        "--root-dir=/var/lib/kubelet",
        "--hostname-override=" + NODE,
        "--node-ip=192.0.2.1",
        "--v=2");
  }

  /** Runs kubectl on the host. */
  Command tryKubectl(String... arguments) throws IOException, InterruptedException {
    return host.run(words("kubectl", arguments));
  }

  /** What runs kubectl on the host. */
  List<String> kubectlCommand(String... arguments) {
    return host.enter(words("kubectl", arguments));
  }

  /** What kubectl prints; it must succeed. */
  String kubectl(String... arguments) throws IOException, InterruptedException {
    return succeeded("kubectl", arguments);
  }

  /** What helm prints; it must succeed. */
  String helm(String... arguments) throws IOException, InterruptedException {
    return succeeded("helm", arguments);
  }

  private String succeeded(String program, String... arguments)
      throws IOException, InterruptedException {
    Command done = host.run(words(program, arguments));
    if (done.exit() != 0) {
      throw new IOException(
          "%s %s exited with %d: %s%s"
              .formatted(
                  program, String.join(" ", arguments), done.exit(), done.stdout(), done.stderr()));
    }
    return done.stdout();
  }

  private String[] words(String program, String... arguments) {
    List<String> words = new ArrayList<>(List.of(program(programs, program)));
    words.addAll(List.of(arguments));
    return words.toArray(String[]::new);
  }

  /** Makes what a manifest describes. */
  void apply(String manifest) throws IOException, InterruptedException {
    Path file = Files.writeString(host.dir().resolve("manifest.yaml"), manifest);
    kubectl("apply", "-f", file.toString());
  }

  /** An object or a list of them, as JSON. */
  JsonNode get(String... what) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("get", "--output=json"));
    arguments.addAll(List.of(what));
    return new ObjectMapper().readTree(kubectl(arguments.toArray(String[]::new)));
  }
}
