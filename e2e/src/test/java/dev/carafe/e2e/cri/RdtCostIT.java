package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.admin.v1.NodeGrpc;
import dev.carafe.agent.admin.v1.ReloadRequest;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.e2e.client.Workload;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a class adds to a container's start, on a SIMULATED resctrl: starts with and without one,
 * taking turns. The figures are printed; with {@code -Dcarafe.long=true} there are 200 of each, and
 * the median may grow by less than 1 ms.
 */
class RdtCostIT {
  @RegisterExtension static final SimulatedNode NODE = new SimulatedNode("xeon");

  private static final boolean LONG = Boolean.getBoolean("carafe.long");
  private static final int STARTS = LONG ? 200 : 20;
  private static final int WARM_UP = 20;

  @Test
  void aClassCostsLessThanAMillisecond() throws Exception {
    NODE.configure("partitions: {p: {l3Allocation: 50%, classes: {gold: }}}", "");
    assertThat(
            NodeGrpc.newBlockingStub(NODE.node().node().client().channel())
                .reload(ReloadRequest.getDefaultInstance())
                .getAccepted())
        .isTrue();
    Workload pod = NODE.node().pod();
    List<Long> without = new ArrayList<>();
    List<Long> with = new ArrayList<>();
    for (int i = 0; i < WARM_UP + STARTS; i++) {
      long plain = start(pod, shell("plain-" + i, "exec sleep 1000").build());
      long gold =
          start(
              pod,
              shell("gold-" + i, "exec sleep 1000")
                  .putAnnotations("io.kubernetes.cri.rdt-class", "gold")
                  .build());
      if (i >= WARM_UP) {
        without.add(plain);
        with.add(gold);
      }
    }
    pod.remove();
    Collections.sort(without);
    Collections.sort(with);
    double added = (with.get(STARTS / 2) - without.get(STARTS / 2)) / 1e6;
    System.out.printf(
        "RdtCostIT: median start without a class %.2f ms, with one %.2f ms, added %.2f ms (limit"
            + " 1.00), %d starts each%n",
        without.get(STARTS / 2) / 1e6, with.get(STARTS / 2) / 1e6, added, STARTS);
    assertThat(with).hasSize(STARTS);
    if (LONG) {
      double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
      int cpus = Runtime.getRuntime().availableProcessors();
      // Each step of a start waits for a CPU then, and steps are what a class adds.
      Assumptions.assumeTrue(
          load <= 2 * cpus, "SKIP class cost: the load of the host was " + load + " on " + cpus);
      assertThat(added).isLessThan(1.0);
    }
  }

  /** How long StartContainer takes, in ns. */
  private static long start(Workload pod, ContainerConfig config) {
    String id = pod.create(config);
    long begin = System.nanoTime();
    pod.start(id);
    long took = System.nanoTime() - begin;
    NODE.node().stop(id, 0);
    NODE.node().remove(id);
    return took;
  }
}
