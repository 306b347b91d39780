package dev.carafe.e2e.kubelet;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.e2e.client.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Rotates logs that grew over a limit, as the kubelet's log manager does. For one thread. */
public final class LogRotation {
  private final CriClient client;
  private final Map<String, Path> logs;
  private final long limit;
  private final AtomicInteger rotations = new AtomicInteger();

  /**
   * Rotates these logs.
   *
   * @param logs by container id
   * @param limit bytes
   */
  public LogRotation(CriClient client, Map<String, Path> logs, long limit) {
    this.client = requireNonNull(client, "client is null");
    this.logs = Map.copyOf(logs);
    this.limit = limit;
  }

  /** Looks at each once. */
  public void run() throws IOException {
    for (Map.Entry<String, Path> log : logs.entrySet()) {
      Path file = log.getValue();
      if (Files.size(file) > limit) {
        Files.move(file, Path.of(file + ".rotated"), StandardCopyOption.REPLACE_EXISTING);
        client
            .runtime()
            .reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(log.getKey()).build());
        if (!Files.exists(file)) {
          throw new IOException(file + " is not there after ReopenContainerLog");
        }
        rotations.incrementAndGet();
      }
    }
  }

  /** How many there were. */
  public int rotations() {
    return rotations.get();
  }
}
