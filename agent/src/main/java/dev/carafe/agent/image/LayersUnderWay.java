package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.Digest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The layers that are being unpacked now, so that images on one base that are pulled at once fetch
 * it once. Thread-safe.
 *
 * <p>INVARIANT: layers are known by their chain ids, and whoever makes one waits at most for those
 * below it. So no two wait for each other.
 */
final class LayersUnderWay {
  private final Map<Digest, CountDownLatch> layers = new ConcurrentHashMap<>();

  /** Waits until nobody else makes the layer; the caller must {@link #end}. */
  void begin(Digest chainId) throws InterruptedException {
    CountDownLatch mine = new CountDownLatch(1);
    for (CountDownLatch other = layers.putIfAbsent(chainId, mine);
        other != null;
        other = layers.putIfAbsent(chainId, mine)) {
      other.await();
    }
  }

  /** The layer is there, or will not be. */
  void end(Digest chainId) {
    CountDownLatch mine = layers.remove(chainId);
    if (mine != null) {
      mine.countDown();
    }
  }
}
