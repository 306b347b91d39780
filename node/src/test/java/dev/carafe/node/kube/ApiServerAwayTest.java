package dev.carafe.node.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.carafe.node.host.HostException;
import dev.carafe.node.host.Mode;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An API server that refuses, is slow, or is not there: nobody waits for ever, nothing breaks. */
class ApiServerAwayTest {
  private static final int TIMEOUT_MILLIS = 500;

  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer server;
  private volatile int status = 500;
  private volatile boolean slow;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          if (slow) {
            try {
              end.await();
            } catch (InterruptedException stop) {
              Thread.currentThread().interrupt();
            }
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
  }

  private KubernetesClient client(int port) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                .withMasterUrl("http://127.0.0.1:" + port)
                .withRequestTimeout(TIMEOUT_MILLIS)
                .withConnectionTimeout(TIMEOUT_MILLIS)
                .withRequestRetryBackoffLimit(0)
                .build())
        .build();
  }

  private ClusterGate gate(KubernetesClient client) {
    return new ClusterGate(
        new NodeObject(client, "n1"),
        new NodeEvents(client, "n1"),
        new Eviction(client),
        Mode.REPLACE);
  }

  private void nobodyBreaks(KubernetesClient client) {
    assertThatThrownBy(() -> gate(client).open("1"))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("the API server");
    assertThatThrownBy(() -> gate(client).awaitReady(Duration.ofSeconds(1)))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("after 1 s");
    assertThatCode(() -> new NodeEvents(client, "n1").aboutNode("Normal", "R", "m"))
        .doesNotThrowAnyException();
    RdtClassConfig resource = new RdtClassConfig();
    resource.getMetadata().setName("r");
    assertThatCode(() -> new RdtStatus(client, "n1").write(resource, "Applied", ""))
        .doesNotThrowAnyException();
  }

  @Test
  void refusing() {
    for (int code : new int[] {403, 409, 500, 503}) {
      status = code;
      try (KubernetesClient client = client(server.getAddress().getPort())) {
        nobodyBreaks(client);
      }
    }
    assertThat(asked).hasPositiveValue();
  }

  @Test
  void slow() {
    slow = true;
    try (KubernetesClient client = client(server.getAddress().getPort())) {
      nobodyBreaks(client);
    }
    assertThat(asked).hasPositiveValue();
  }

  @Test
  void notThere() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    try (KubernetesClient client = client(free);
        RdtWatch watch = RdtWatch.start(client, "ns", "carafe-rdt", () -> {})) {
      nobodyBreaks(client);
      assertThat(watch.complete()).as("an empty copy says nothing").isFalse();
      assertThat(watch.choose(Map.of())).isNull();
    }
  }
}
