package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.kubelet.HostLoad;
import dev.carafe.e2e.kubelet.ListClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Many clients at once; a list never waits for any of them. 64 pods, whose lists' times are
 * printed; with {@code -Dcarafe.long=true} 200 pods, and the lists' p99 is held to its limit.
 */
class ParallelIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final int CLIENTS = 8;
  private static final boolean LONG = Boolean.getBoolean("carafe.long");
  private static final int PODS_PER_CLIENT = LONG ? 25 : 8;
  private static final int PODS = CLIENTS * PODS_PER_CLIENT;
  private static final Duration LIST_LIMIT = Duration.ofMillis(20);

  /** Everybody's pods run before anybody stops one. */
  private final CyclicBarrier allRun = new CyclicBarrier(CLIENTS);

  private record Running(Workload pod, String container) {}

  @Test
  void eightClientsMakeUseAndRemoveTheirPods() throws Exception {
    HostLoad host = HostLoad.look();
    long start = System.nanoTime();
    ListClient.Result lists = livesOfPodsWhileListing();
    System.out.printf(
        "%d pods by %d clients in %.1f s; lists meanwhile: %s%n",
        PODS, CLIENTS, (System.nanoTime() - start) / 1e9, lists.summary());
    assertThat(lists.pods()).isEqualTo(PODS);
    assertThat(
            NODE.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList())
        .isEmpty();
    NODE.awaitNothingLeft();
    if (!LONG) {
      return;
    }
    host.assumeQuiet("list latency");
    assertThat(lists.p99()).isLessThan(LIST_LIMIT);
  }

  private ListClient.Result livesOfPodsWhileListing() throws Exception {
    List<Future<?>> clients = new ArrayList<>();
    try (ListClient lists = ListClient.start(NODE.node().settings().socket());
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(() -> lifeOfPods()));
      }
      for (Future<?> client : clients) {
        client.get();
      }
      return lists.stop();
    }
  }

  private Void lifeOfPods() throws Exception {
    List<Running> mine = new ArrayList<>();
    for (int i = 0; i < PODS_PER_CLIENT; i++) {
      Workload pod = NODE.pod();
      mine.add(new Running(pod, run(pod, shell("c", "sleep 1000"))));
    }
    allRun.await(5, TimeUnit.MINUTES);
    for (Running one : mine) {
      assertThat(NODE.output(one.container(), "echo hello")).isEqualTo("hello");
    }
    for (Running one : mine) {
      NODE.stop(one.container(), 0);
      assertThat(NODE.status(one.container()).getExitCode()).isEqualTo(137);
      NODE.remove(one.container());
      one.pod().remove();
    }
    return null;
  }
}
