package dev.carafe.node.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A real kube-apiserver with its etcd, on loopback, with RBAC and an administrator's token. */
final class ApiServer implements AutoCloseable {
  private static final String TOKEN = "the-administrator";

  private final Path directory;
  private final int port;
  private final List<Process> processes = new ArrayList<>();

  private ApiServer(Path directory, int port) {
    this.directory = directory;
    this.port = port;
  }

  /** Starts both and waits until the server is ready. */
  static ApiServer start(Path programs, Path directory) throws IOException {
    int etcd = freePort();
    int peer = freePort();
    ApiServer server = new ApiServer(directory, freePort());
    try {
      String etcdUrl = "http://127.0.0.1:" + etcd;
      String peerUrl = "http://127.0.0.1:" + peer;
      server.run(
          List.of(
              programs.resolve("etcd").toString(),
              "--data-dir=" + directory.resolve("etcd"),
              "--listen-client-urls=" + etcdUrl,
              "--advertise-client-urls=" + etcdUrl,
              "--listen-peer-urls=" + peerUrl,
              "--initial-advertise-peer-urls=" + peerUrl,
              "--initial-cluster=default=" + peerUrl,
              "--unsafe-no-fsync"));
      Files.writeString(
          directory.resolve("tokens.csv"), TOKEN + ",admin,admin,\"system:masters\"\n");
      Path key = server.serviceAccountKey();
      server.run(
          List.of(
              programs.resolve("kube-apiserver").toString(),
              "--etcd-servers=" + etcdUrl,
              "--cert-dir=" + directory.resolve("certs"),
              "--bind-address=127.0.0.1",
              "--advertise-address=127.0.0.1",
              "--secure-port=" + server.port,
              "--token-auth-file=" + directory.resolve("tokens.csv"),
              "--authorization-mode=RBAC",
              "--service-cluster-ip-range=10.0.0.0/24",
              "--service-account-issuer=https://carafe.test",
              "--service-account-key-file=" + key,
              "--service-account-signing-key-file=" + key));
      server.awaitReady();
      return server;
    } catch (IOException | RuntimeException failure) {
      server.close();
      throw failure;
    }
  }

  private Path serviceAccountKey() throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      Path key = directory.resolve("sa.key");
      Files.writeString(
          key,
          "-----BEGIN PRIVATE KEY-----\n"
              + Base64.getMimeEncoder(64, "\n".getBytes(UTF_8))
                  .encodeToString(pair.getPrivate().getEncoded())
              + "\n-----END PRIVATE KEY-----\n");
      return key;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has RSA", impossible);
    }
  }

  private void run(List<String> command) throws IOException {
    processes.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start());
  }

  private void awaitReady() {
    try (KubernetesClient client = administrator()) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptions()
          .until(() ->
              "ok".equals(client.raw("/readyz"))
                  && client.namespaces().withName("default").get() != null);
    }
  }

  /** May do everything. */
  KubernetesClient administrator() {
    return client(TOKEN);
  }

  /** Whoever the token says. */
  KubernetesClient client(String token) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                .withMasterUrl("https://127.0.0.1:" + port)
                .withTrustCerts(true)
                .withOauthToken(token)
                .build())
        .build();
  }

  /** The administrator's, for helm. */
  Map<String, String> helmEnvironment() {
    return Map.of(
        "HELM_KUBEAPISERVER",
        "https://127.0.0.1:" + port,
        "HELM_KUBETOKEN",
        TOKEN,
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
        "true",
        "HOME",
        directory.toString());
  }

  /** What both wrote last. */
  String log() throws IOException {
    List<String> lines = Files.readAllLines(directory.resolve("log"));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    for (Process process : processes.reversed()) {
      process.destroy();
      try {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException interrupted) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
