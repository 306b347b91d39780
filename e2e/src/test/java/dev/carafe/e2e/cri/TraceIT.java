package dev.carafe.e2e.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RunPodSandboxRequest;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.harness.MissingException;
import dev.carafe.e2e.harness.TestNode;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A call with a trace context, from the caller's span down to the steps at the kernel. */
class TraceIT {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final Metadata.Key<String> TRACEPARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private final Map<String, JsonNode> spans = new ConcurrentHashMap<>();
  private HttpServer collector;
  private Path dir;

  @BeforeEach
  void collect() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          JsonNode request =
              new ObjectMapper()
                  .readTree(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          for (JsonNode span : request.at("/resourceSpans/0/scopeSpans/0/spans")) {
            spans.put(span.path("name").asText(), span);
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    dir = Files.createDirectory(Path.of("/tmp/ct" + ProcessHandle.current().pid()));
    Path dropIns = Files.createDirectory(dir.resolve("carafe.toml.d"));
    Files.writeString(
        dropIns.resolve("trace.toml"),
        "[trace]\nendpoint = \"http://127.0.0.1:%d/v1/traces\"\n"
            .formatted(collector.getAddress().getPort()));
  }

  @AfterEach
  void stop() throws IOException {
    collector.stop(0);
    Files.deleteIfExists(dir);
  }

  @Test
  void stepsAreSpansOfTheCallersTrace() throws Exception {
    Metadata headers = new Metadata();
    headers.put(TRACEPARENT, "00-" + TRACE + "-" + CALLER + "-01");
    try (TestNode node =
        TestNode.start(
            Path.of(System.getProperty("carafe.libexec")),
            dir,
            Path.of("/nonexistent"),
            "tolerate")) {
      PodSandboxConfig pod = Workload.pod("traced", node.settings().logs(), "").build();
      node.client()
          .runtime()
          .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
          .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build());
      JsonNode call = span("runtime.v1.RuntimeService/RunPodSandbox");
      assertThat(call.path("traceId").asText()).isEqualTo(TRACE);
      assertThat(call.path("parentSpanId").asText()).isEqualTo(CALLER);
      for (String step : new String[] {"start shim", "make namespaces", "CNI ADD"}) {
        JsonNode span = span(step);
        assertThat(span.path("parentSpanId").asText())
            .as(step)
            .isEqualTo(call.path("spanId").asText());
        assertThat(span.path("endTimeUnixNano").asLong())
            .isLessThanOrEqualTo(call.path("endTimeUnixNano").asLong());
      }
      // Who does not ask is not traced; who fails says how.
      node.client().runtime().version(dev.carafe.cri.v1.VersionRequest.getDefaultInstance());
      try {
        node.client()
            .images()
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .pullImage(
                PullImageRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage("127.0.0.1:1/none:1"))
                    .build());
      } catch (StatusRuntimeException expected) {
        assertThat(expected.getStatus().getCode()).isNotNull();
      }
      assertThat(span("runtime.v1.ImageService/PullImage").at("/status/code").asInt()).isEqualTo(2);
      assertThat(spans).doesNotContainKey("runtime.v1.RuntimeService/Version");
      node.removePods();
    } catch (MissingException missing) {
      Assumptions.abort(String.valueOf(missing.getMessage()));
    }
  }

  private JsonNode span(String name) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> spans.get(name), found -> found != null);
  }
}
