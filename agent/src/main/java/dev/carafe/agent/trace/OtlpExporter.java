package dev.carafe.agent.trace;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Sends spans to a collector (OTLP/HTTP, JSON encoding). Work never waits for it: at most 2048
 * spans wait, and what is over or cannot be sent is dropped and told once. Thread-safe.
 */
public final class OtlpExporter implements Consumer<Span>, AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(OtlpExporter.class);
  private static final int WAITING = 2048;
  private static final int BATCH = 512;
  private static final long GATHER_MILLIS = 200;
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final BlockingQueue<Span> waiting = new ArrayBlockingQueue<>(WAITING);
  private final URI endpoint;
  private final OtlpJson json;
  private final HttpClient http;
  private final Thread sender;
  private boolean told;

  private OtlpExporter(URI endpoint, OtlpJson json) {
    this.endpoint = requireNonNull(endpoint, "endpoint is null");
    this.json = json;
    this.http = HttpClient.newBuilder().connectTimeout(LIMIT).build();
    this.sender = Thread.ofVirtual().name("traces").unstarted(this::run);
  }

  /**
   * Begins to send.
   *
   * @param endpoint of the collector, {@code http://HOST:4318/v1/traces}
   * @param version of this build
   */
  public static OtlpExporter start(URI endpoint, String version) {
    OtlpExporter exporter = new OtlpExporter(endpoint, new OtlpJson(version));
    exporter.sender.start();
    return exporter;
  }

  @Override
  public void accept(Span span) {
    if (!waiting.offer(span)) {
      LOG.debug("a span is dropped: {} wait for {}", WAITING, endpoint);
    }
  }

  private void run() {
    List<Span> batch = new ArrayList<>();
    try {
      while (true) {
        batch.add(waiting.take());
        TimeUnit.MILLISECONDS.sleep(GATHER_MILLIS);
        waiting.drainTo(batch, BATCH - 1);
        send(batch);
        batch.clear();
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(List<Span> batch) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json.render(batch)))
            .build();
    try {
      HttpResponse<Void> response = http.send(request, BodyHandlers.discarding());
      if (response.statusCode() / 100 == 2) {
        told = false;
        return;
      }
      tell("it answers " + response.statusCode());
    } catch (IOException away) {
      tell(String.valueOf(away.getMessage()));
    }
  }

  private void tell(String why) {
    if (!told) {
      LOG.warn("traces do not reach {}: {}", endpoint, why);
      told = true;
    }
  }

  @Override
  public void close() {
    sender.interrupt();
    http.shutdownNow();
  }
}
