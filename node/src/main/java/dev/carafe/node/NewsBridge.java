package dev.carafe.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.node.kube.NodeEvents;
import dev.carafe.node.rdt.Carafed;
import dev.carafe.node.rdt.Carafed.NodeNews;
import dev.carafe.node.rdt.Carafed.UnreachableException;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Turns carafed's events into Kubernetes Events. The time of the last one is on the host's disk, so
 * that neither a new carafed nor a new node manager tells anything twice. One thread.
 */
final class NewsBridge {
  private static final Logger LOG = LogManager.getLogger(NewsBridge.class);
  private static final long AGAIN_SECONDS = 5;

  private final Carafed carafed;
  private final NodeEvents events;
  private final Path lastFile;
  private long last;

  /**
   * A bridge.
   *
   * @param lastFile where the time of the last event is kept
   */
  NewsBridge(Carafed carafed, NodeEvents events, Path lastFile) {
    this.carafed = requireNonNull(carafed, "carafed is null");
    this.events = requireNonNull(events, "events is null");
    this.lastFile = requireNonNull(lastFile, "lastFile is null");
    this.last = read(lastFile);
  }

  /** Tells until the thread is interrupted; a carafed that is away is waited for. */
  void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        once();
      } catch (UnreachableException away) {
        LOG.debug("carafed is away", away);
      }
      try {
        TimeUnit.SECONDS.sleep(AGAIN_SECONDS);
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Tells until carafed goes. */
  void once() throws UnreachableException {
    carafed.events(this::tell);
  }

  private void tell(NodeNews news) {
    if (news.time() <= last) {
      return;
    }
    if (news.podName().isEmpty()) {
      events.aboutNode(news.type(), news.reason(), news.message());
    } else {
      events.aboutPod(
          new NodeEvents.PodRef(
              news.podNamespace(), news.podName(), news.podUid(), news.container()),
          news.type(),
          news.reason(),
          news.message());
    }
    last = news.time();
    try {
      Files.createDirectories(lastFile.getParent());
      DurableFile.replace(lastFile, Long.toString(last).getBytes(UTF_8));
    } catch (IOException full) {
      LOG.warn("cannot write {}: an event may be told twice", lastFile, full);
    }
  }

  private static long read(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException none) {
      return 0;
    }
  }
}
