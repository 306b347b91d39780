package dev.carafe.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client = HttpClient.newHttpClient();
  private MetricsServer server;

  @BeforeEach
  void start() throws Exception {
    server = Objects.requireNonNull(MetricsServer.start(loopback(0), workers));
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
    workers.close();
  }

  @Test
  void aNodeWithoutAnAddressHasNoServer() throws Exception {
    assertThat(MetricsServer.start(null, workers)).isNull();
    assertThat(MetricsServer.metrics(null)).isSameAs(Metrics.NONE);
  }

  @Test
  void sourcesAreReadAtEachScrape() throws Exception {
    int[] reads = {0};
    metrics()
        .register(() ->
            List.of(
                Series.gauge("carafe_reads", "Reads.", ++reads[0]),
                new Series(
                    Series.Kind.COUNTER,
                    "carafe_things_total",
                    "Things.",
                    List.of("kind", "name"),
                    List.of(
                        Series.Sample.of(3, "a", "x\"y\n"),
                        Series.Sample.of(1.8446744073709552E19, "b", "z")))));
    assertThat(get("/metrics", "text/plain").body()).contains("\ncarafe_reads 1.0\n");
    assertThat(get("/metrics", "text/plain").body())
        .contains("\ncarafe_reads 2.0\n")
        .contains("# TYPE carafe_things_total counter\n")
        .contains("carafe_things_total{kind=\"a\",name=\"x\\\"y\\n\"} 3.0\n")
        .contains("carafe_things_total{kind=\"b\",name=\"z\"} 1.8446744073709552E19\n");
  }

  @Test
  void aSourceThatFailsCostsItsOwnSeriesAlone() throws Exception {
    metrics()
        .register(() -> {
          throw new IllegalStateException("broken");
        });
    metrics().register(() -> List.of(Series.gauge("carafe_good", "Good.", 1)));
    assertThat(get("/metrics", "text/plain").body()).contains("carafe_good 1.0\n");
  }

  @Test
  void ofTwoSourcesOfOneSeriesTheFirstCounts() throws Exception {
    metrics().register(() -> List.of(Series.gauge("carafe_twice", "Twice.", 1)));
    metrics().register(() -> List.of(Series.gauge("carafe_twice", "Twice.", 2)));
    assertThat(get("/metrics", "text/plain").body())
        .contains("carafe_twice 1.0\n")
        .doesNotContain("carafe_twice 2.0\n");
  }

  @Test
  void callsAreCountedAndTimed() throws Exception {
    RpcSeries calls = new RpcSeries(metrics());
    calls.finished("Version", true, "OK", 2_000_000);
    calls.finished("Version", true, "OK", 3_000_000);
    calls.finished("GetContainerEvents", false, "CANCELLED", 60_000_000_000L);
    assertThat(get("/metrics", "text/plain").body())
        .contains("carafe_rpc_handled_total{code=\"OK\",method=\"Version\"} 2.0\n")
        .contains(
            "carafe_rpc_handled_total{code=\"CANCELLED\",method=\"GetContainerEvents\"} 1.0\n")
        .contains("carafe_rpc_duration_seconds_count{code=\"OK\",method=\"Version\"} 2\n")
        .contains("carafe_rpc_duration_seconds_sum{code=\"OK\",method=\"Version\"} 0.005\n")
        .contains(
            "carafe_rpc_duration_seconds_bucket{code=\"OK\",method=\"Version\",le=\"0.0025\"} 1\n")
        .doesNotContain("carafe_rpc_duration_seconds_count{code=\"CANCELLED\"");
  }

  @Test
  void theProcessIsSeen() throws Exception {
    String body = get("/metrics", "text/plain").body();
    assertThat(value(body, "process_resident_memory_bytes")).isBetween(1e6, 1e11);
    assertThat(value(body, "process_open_fds")).isBetween(3.0, 1e6);
    assertThat(value(body, "process_max_fds")).isGreaterThan(3);
    assertThat(value(body, "process_cpu_seconds_total")).isPositive();
    assertThat(value(body, "process_start_time_seconds")).isGreaterThan(1.7e9);
    assertThat(value(body, "jvm_memory_used_bytes{area=\"heap\"}")).isGreaterThan(1e5);
  }

  @Test
  void openMetricsIsGivenToWhomAsksForIt() throws Exception {
    HttpResponse<String> answer =
        get("/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith("application/openmetrics-text");
    assertThat(answer.body()).endsWith("# EOF\n");
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertThat(get("/", "*/*").statusCode()).isEqualTo(404);
    HttpRequest post =
        HttpRequest.newBuilder(uri("/metrics"))
            .POST(HttpRequest.BodyPublishers.ofString("x"))
            .build();
    assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
    assertThat(get("/metrics?name[]=x", "*/*").statusCode()).isEqualTo(200);
  }

  @Test
  void aTakenAddressIsNamed() {
    int port = server.address().getPort();
    assertThatThrownBy(() -> MetricsServer.start(loopback(port), workers))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(":" + port)
        .hasMessageContaining("metrics.listen");
  }

  private Metrics metrics() {
    return MetricsServer.metrics(server);
  }

  private HttpResponse<String> get(String path, String accept) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).header("Accept", accept).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
  }

  private static InetSocketAddress loopback(int port) {
    return InetSocketAddress.createUnresolved("127.0.0.1", port);
  }

  private static double value(String body, String series) {
    return body.lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series + " in\n" + body));
  }
}
