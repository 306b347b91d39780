package dev.carafe.e2e.kubelet;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ContainerStatusRequest;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pod whose container is made to end again and again, each time with another code, and is
 * replaced by a new attempt once the relist has seen it. For one thread.
 */
public final class Crasher {
  private static final int CODES = 120;

  private final CriClient client;
  private final Workload pod;
  private final ContainerConfig.Builder base;
  private final Relist relist;
  private final Latencies seen;
  private final AtomicInteger attempts = new AtomicInteger();

  /**
   * Ends containers of this pod.
   *
   * @param base its image, namespaces and log; name, attempt and command are set here
   * @param seen gets the time from each induced exit to the relist that told its code
   */
  public Crasher(
      CriClient client, Workload pod, ContainerConfig.Builder base, Relist relist, Latencies seen) {
    this.client = requireNonNull(client, "client is null");
    this.pod = requireNonNull(pod, "pod is null");
    this.base = requireNonNull(base, "base is null");
    this.relist = requireNonNull(relist, "relist is null");
    this.seen = requireNonNull(seen, "seen is null");
  }

  /** One life: create, start, induce the exit, wait until it is seen, remove. */
  public void run() throws Exception {
    int attempt = attempts.getAndIncrement();
    int code = attempt % CODES + 1;
    // The shell's wait is interrupted by the signal at once; busybox's sleep is its child.
    String script =
        "trap 'exit %d' TERM; sleep 1000 & echo ready > /tmp/ready; wait".formatted(code);
    ContainerConfig.Builder config =
        base.clone().clearCommand().addAllCommand(List.of("sh", "-c", script));
    config.getMetadataBuilder().setAttempt(attempt);
    String id = pod.create(config.build());
    pod.start(id);
    while (pod.exec(id, List.of("test", "-e", "/tmp/ready")).getExitCode() != 0) {
      Thread.onSpinWait();
    }
    ProcessHandle process = ProcessHandle.of(pid(id)).orElseThrow();
    ContainerStatus status =
        seen.time(() -> {
          process.destroy();
          return relist.exit(id).get(30, TimeUnit.SECONDS);
        });
    if (status.getExitCode() != code) {
      throw new AssertionError("expected code " + code + ", not " + status);
    }
    relist.forget(id);
    client
        .runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  private long pid(String id) throws IOException {
    String info =
        client
            .runtime()
            .containerStatus(
                ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build())
            .getInfoOrThrow("info");
    JsonNode json = new ObjectMapper().readTree(info);
    return json.path("pid").asLong();
  }

  /** Longest time in which an exit must be seen. */
  public static Duration limit() {
    return Duration.ofSeconds(2);
  }
}
