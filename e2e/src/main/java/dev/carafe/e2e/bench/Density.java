package dev.carafe.e2e.bench;

import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Many pods at once: how fast they come, and what the runtime's own processes weigh then. */
final class Density {
  // The shim and what it forks of itself.
  private static final String OURS = "carafe-";
  private static final Set<String> YARDSTICK =
      Set.of("containerd", "containerd-shim-runc-v2", "pause");
  private static final int TOTAL_LIMIT_MIB = 165;
  private static final int SHIM_LIMIT_KIB = 300;
  private static final int AGENT_LIMIT_MIB = 130;
  // Of containerd's time, which is linear in the pods too (issue 4).
  private static final double STATISTICS_LIMIT = 0.1;
  private static final int STATISTICS = 11;
  private static final String NAME = "dense";

  private Density() {}

  /** Both runtimes one after the other, {@code count} pods each. */
  static void measure(
      RuntimeProcess carafed,
      Pods ours,
      RuntimeProcess containerd,
      Pods theirs,
      int count,
      Report report)
      throws IOException, InterruptedException {
    report.title(count + " pods of one container");
    long begin = System.nanoTime();
    List<Pods.Pod> yardstick = theirs.run(NAME, count, new Timings());
    double theirRate = count / ((System.nanoTime() - begin) / 1e9);
    List<ProcessMemory> processes = ProcessMemory.ofPrograms(YARDSTICK::contains);
    report.note(
        "%s: %.1f pods/s, %.0f MiB PSS in %d processes"
            .formatted(containerd.name(), theirRate, pssMib(processes), processes.size()));
    Timings theirStatistics = new Timings();
    Block.statistics(containerd.client(), STATISTICS, theirStatistics);
    theirs.remove(yardstick, new Timings());

    begin = System.nanoTime();
    List<Pods.Pod> pods = ours.run(NAME, count, new Timings());
    double rate = count / ((System.nanoTime() - begin) / 1e9);
    report.atLeast("pods/s", rate, theirRate, containerd.name());
    List<ProcessMemory> shims = ProcessMemory.ofPrograms(name -> name.startsWith(OURS));
    if (shims.size() < count) {
      throw new IllegalStateException(
          "%d pods have %d processes named %s*".formatted(count, shims.size(), OURS));
    }
    ProcessMemory agent = ProcessMemory.of(carafed.pid());
    report.figure(
        "agent and shims, PSS", agent.pssKib() / 1024.0 + pssMib(shims), TOTAL_LIMIT_MIB, "MiB");
    report.figure("shim of a pod, PSS, mean", pssMib(shims) * 1024 / count, SHIM_LIMIT_KIB, "KiB");
    report.note("%d processes of shims".formatted(shims.size()));
    report.figure("agent, resident", agent.rssKib() / 1024.0, AGENT_LIMIT_MIB, "MiB");
    report.note(
        "agent: %.1f MiB PSS, %.1f MiB anonymous"
            .formatted(agent.pssKib() / 1024.0, agent.anonymousKib() / 1024.0));
    Timings statistics = new Timings();
    Block.statistics(carafed.client(), STATISTICS, statistics);
    for (Operation list : List.of(Operation.LIST_CONTAINER_STATS, Operation.LIST_POD_STATS)) {
      report.figure(
          list.label(),
          statistics.median(list),
          theirStatistics.median(list) * STATISTICS_LIMIT,
          "ms");
    }
    ours.remove(pods, new Timings());
  }

  private static double pssMib(List<ProcessMemory> processes) {
    return processes.stream().mapToLong(ProcessMemory::pssKib).sum() / 1024.0;
  }
}
