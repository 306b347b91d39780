package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.e2e.registry.MemoryImage;
import dev.carafe.e2e.registry.UnrulyRegistry;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls whose time is up when no byte comes, and not before. */
class SlowRegistryIT {
  private static final int PROGRESS_SECONDS = 4;

  @RegisterExtension
  static final CriNode NODE =
      CriNode.with("[image]\nprogress_timeout_s = %d\n".formatted(PROGRESS_SECONDS));

  private static final String HOST = "slow.test";
  private static final String NAME = HOST + "/app:1";

  private static UnrulyRegistry serve(MemoryImage image) throws IOException {
    UnrulyRegistry registry = UnrulyRegistry.start(image);
    NODE.node().mirror(registry.url().toString(), HOST);
    return registry;
  }

  @Test
  void aSlowRegistryIsFineWhileItSendsSomething() throws Exception {
    MemoryImage image = MemoryImage.of(20_000);
    try (UnrulyRegistry registry = serve(image)) {
      long start = System.nanoTime();
      registry.always(UnrulyRegistry.forBlob(image.layers().getFirst(), SlowRegistryIT::trickle));
      assertThat(NODE.node().pull(NAME)).isEqualTo(image.config());
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(Duration.ofSeconds(PROGRESS_SECONDS));
    }
  }

  /** A few bytes ten times a second, for longer than a pull may be silent. */
  private static boolean trickle(HttpExchange exchange, UnrulyRegistry.Blob blob)
      throws IOException {
    long from = UnrulyRegistry.firstByte(exchange);
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, blob.size() - 1, blob.size()));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, blob.size() - from);
    CountDownLatch never = new CountDownLatch(1);
    try (InputStream in = blob.source().open()) {
      in.skipNBytes(from);
      for (byte[] some = in.readNBytes(400); some.length > 0; some = in.readNBytes(400)) {
        exchange.getResponseBody().write(some);
        exchange.getResponseBody().flush();
        if (never.await(100, TimeUnit.MILLISECONDS)) {
          throw new IOException("nobody counts this down");
        }
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  @Test
  void aSilentRegistryIsGivenUp() throws Exception {
    MemoryImage image = MemoryImage.of(300_000);
    CountDownLatch closing = new CountDownLatch(1);
    try (UnrulyRegistry registry = serve(image)) {
      registry.always(
          UnrulyRegistry.forBlob(
              image.layers().getFirst(),
              (exchange, blob) -> {
                UnrulyRegistry.send(exchange, blob, UnrulyRegistry.firstByte(exchange), 1000);
                try {
                  closing.await();
                } catch (InterruptedException closed) {
                  Thread.currentThread().interrupt();
                }
                return true;
              }));
      Status status = refusal(() -> NODE.node().pull(NAME));
      closing.countDown();
      assertThat(status.getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(status.getDescription()).contains(NAME, image.layers().getFirst(), "no byte");
      assertThat(
              NODE.node()
                  .client()
                  .images()
                  .imageStatus(
                      ImageStatusRequest.newBuilder()
                          .setImage(ImageSpec.newBuilder().setImage(NAME))
                          .build())
                  .hasImage())
          .isFalse();
      Path half = NODE.node().settings().root().resolve("images/tmp");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(half).isEmptyDirectory());
    }
  }
}
