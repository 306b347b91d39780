package dev.carafe.agent.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contexts, steps, and what a collector gets. */
class TraceTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";

  @Test
  void aSampledContextIsTaken() {
    assertThat(TraceContext.parse("00-" + TRACE + "-" + PARENT + "-01"))
        .isEqualTo(new TraceContext(TRACE, PARENT));
    assertThat(TraceContext.parse("01-" + TRACE + "-" + PARENT + "-03-later")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
      })
  void anythingElseIsNone(String traceparent) {
    assertThat(TraceContext.parse(traceparent)).isNull();
  }

  @Test
  void stepsAreSpansOfTheStepAroundThem() {
    List<Span> spans = new ArrayList<>();
    Trace.Active call = new Trace.Active(new TraceContext(TRACE, PARENT), spans::add);

    Trace.within(
        call,
        () -> {
          Trace.step("outer", () -> Trace.step("inner", () -> 1));
          assertThatThrownBy(() ->
                  Trace.step(
                      "failing",
                      () -> {
                        throw new IllegalStateException("no such thing");
                      }))
              .hasMessage("no such thing");
        });

    assertThat(spans).extracting(Span::name).containsExactly("inner", "outer", "failing");
    Span inner = spans.get(0);
    Span outer = spans.get(1);
    assertThat(outer.parentId()).isEqualTo(PARENT);
    assertThat(inner.parentId()).isEqualTo(outer.place().spanId());
    assertThat(inner.begun()).isGreaterThanOrEqualTo(outer.begun());
    assertThat(inner.ended()).isLessThanOrEqualTo(outer.ended());
    assertThat(outer.error()).isEmpty();
    assertThat(spans.get(2).error()).isEqualTo("no such thing");
  }

  @Test
  void outsideOfATraceAStepIsJustDone() throws IOException {
    assertThat(Trace.<Integer, IOException>step("alone", () -> 7)).isEqualTo(7);
  }

  @Test
  void theCollectorGetsThem() throws Exception {
    BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    URI endpoint =
        URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces");
    try (OtlpExporter exporter = OtlpExporter.start(endpoint, "9.9")) {
      exporter.accept(
          new Span(
              new TraceContext(TRACE, "00f067aa0ba902b8"), PARENT, "a call", true, 5, 7, "bad"));

      String body = bodies.poll(20, TimeUnit.SECONDS);
      assertThat(body).isNotNull();
      JsonNode span = new ObjectMapper().readTree(body).at("/resourceSpans/0/scopeSpans/0/spans/0");
      assertThat(span.path("traceId").asText()).isEqualTo(TRACE);
      assertThat(span.path("parentSpanId").asText()).isEqualTo(PARENT);
      assertThat(span.path("kind").asInt()).isEqualTo(2);
      assertThat(span.path("startTimeUnixNano").textValue()).isEqualTo("5");
      assertThat(span.at("/status/message").asText()).isEqualTo("bad");
    } finally {
      collector.stop(0);
    }
  }

  @Test
  void aCollectorThatIsAwayCostsNothing() {
    try (OtlpExporter exporter =
        OtlpExporter.start(URI.create("http://127.0.0.1:1/v1/traces"), "9.9")) {
      Span span = new Span(new TraceContext(TRACE, PARENT), PARENT, "x", false, 1, 2, "");
      long begun = System.nanoTime();
      for (int i = 0; i < 10_000; i++) {
        exporter.accept(span);
      }
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(5));
    }
  }
}
