package dev.carafe.e2e.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the agent costs by itself: its start and its memory at rest. */
final class AgentFigures {
  private static final int FIRST_ANSWER_LIMIT_MILLIS = 350;
  private static final int IDLE_RSS_LIMIT_MIB = 110;
  private static final int IDLE_ANONYMOUS_LIMIT_MIB = 60;

  private AgentFigures() {}

  /** Starts it {@code starts} times, and once more to rest for {@code idle}. */
  static void measure(Installation place, Options options, Report report)
      throws IOException, InterruptedException {
    report.title("The agent by itself");
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < options.starts(); i++) {
      long begin = System.nanoTime();
      try (RuntimeProcess agent = place.carafed("first-answer")) {
        millis.add((System.nanoTime() - begin) / 1e6);
        report.note("%s answered after %.0f ms".formatted(agent.name(), millis.getLast()));
      }
    }
    report.figure("first answer", Timings.median(millis), FIRST_ANSWER_LIMIT_MILLIS, "ms");
    rest(place, options.idle(), report);
  }

  private static void rest(Installation place, Duration idle, Report report)
      throws IOException, InterruptedException {
    try (RuntimeProcess agent = place.carafed("idle")) {
      Pods pods = new Pods(agent, place.work().resolve("logs"), 1);
      Pods.pull(agent.client(), Pods.IMAGE);
      pods.remove(pods.run("idle", 1, new Timings()), new Timings());
      TimeUnit.NANOSECONDS.sleep(idle.toNanos());
      ProcessMemory memory = ProcessMemory.of(agent.pid());
      report.note("%d s after one pull and one pod:".formatted(idle.toSeconds()));
      report.figure("resident", memory.rssKib() / 1024.0, IDLE_RSS_LIMIT_MIB, "MiB");
      report.figure("anonymous", memory.anonymousKib() / 1024.0, IDLE_ANONYMOUS_LIMIT_MIB, "MiB");
    }
  }
}
