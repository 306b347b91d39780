package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.e2e.client.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many clients at once; a list never waits for any of them. */
class ParallelIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final int CLIENTS = 8;
  private static final int PODS = 10;

  @Test
  void eightClientsWithTenPodsEach() throws Exception {
    List<Future<?>> clients = new ArrayList<>();
    List<Long> lists = new ArrayList<>();
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(ParallelIT::lifeOfPods));
      }
      while (!clients.stream().allMatch(Future::isDone)) {
        long before = System.nanoTime();
        NODE.runtime().listContainers(ListContainersRequest.getDefaultInstance());
        lists.add(System.nanoTime() - before);
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
    for (Future<?> client : clients) {
      client.get();
    }
    Collections.sort(lists);
    long p99 = lists.get(lists.size() * 99 / 100);
    System.out.printf(
        "%d pods by %d clients in %d ms; %d lists, p50 %.1f ms, p99 %.1f ms%n",
        CLIENTS * PODS,
        CLIENTS,
        Duration.ofNanos(System.nanoTime() - start).toMillis(),
        lists.size(),
        lists.get(lists.size() / 2) / 1e6,
        p99 / 1e6);
    assertThat(Duration.ofNanos(p99)).isLessThan(Duration.ofSeconds(1));
    assertThat(
            NODE.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList())
        .isEmpty();
    NODE.awaitNothingLeft();
  }

  private static void lifeOfPods() {
    for (int i = 0; i < PODS; i++) {
      Workload pod = NODE.pod();
      String id = run(pod, shell("c", "sleep 1000"));
      assertThat(NODE.output(id, "echo hello")).isEqualTo("hello");
      NODE.stop(id, 0);
      assertThat(NODE.status(id).getExitCode()).isEqualTo(137);
      NODE.remove(id);
      pod.remove();
    }
  }
}
