package dev.carafe.e2e.demo;

import dev.carafe.cri.v1.ContainerState;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.e2e.client.Carafed;
import dev.carafe.e2e.client.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** kill -9 of carafed: pods must not notice. */
final class Restart {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LINES = 10;

  private final Report report;
  private final Carafed carafed;
  private final CriClient client;
  private final DemoPod pod;
  private final Path log;
  private final long pid;

  Restart(
      Report report, Carafed carafed, CriClient client, DemoPod pod, Setting setting, long pid) {
    this.report = report;
    this.carafed = carafed;
    this.client = client;
    this.pod = pod;
    this.log = setting.logs().resolve(DemoPod.POUR_LOG);
    this.pid = pid;
  }

  void run() throws IOException, InterruptedException {
    report.step("kill -9 of carafed, while the container goes on");
    ContainerStatus before = pod.workload().status(pod.pour());
    String ticks = Kernel.startTicks(pid);
    carafed.kill();
    int killedAt = Files.readAllLines(log).size();
    awaitLines(killedAt + LINES);
    boolean dead = !carafed.alive();
    report.done();
    List<String> lines = Files.readAllLines(log);
    report.proof(
        dead && lines.size() >= killedAt + LINES,
        "with carafed dead, its log grew from line " + killedAt + " to " + lines.size(),
        log,
        List.of(lines.getLast()));

    report.step("carafed starts again and finds its pod");
    carafed.restart();
    client.awaitVersion(PATIENCE);
    ContainerStatus after = pod.workload().status(pod.pour());
    report.done();
    report.proof(
        after.getState() == ContainerState.CONTAINER_RUNNING
            && after.getStartedAt() == before.getStartedAt(),
        "the container is RUNNING, with the same started_at",
        "ContainerStatus, before and after",
        List.of(state(before), state(after)));
    report.proof(
        Kernel.startTicks(pid).equals(ticks),
        "it is the same process: started at the same tick after boot",
        Kernel.proc(pid, "stat"),
        List.of("before " + ticks, "after  " + Kernel.startTicks(pid)));
    List<String> all = Files.readAllLines(log);
    List<String> cups = all.stream().map(line -> line.substring(line.indexOf(" F ") + 3)).toList();
    report.proof(
        cups.equals(IntStream.rangeClosed(1, cups.size()).mapToObj(i -> "cup " + i).toList()),
        "no line of its log is lost or doubled",
        log,
        List.of(cups.getFirst() + " ... " + cups.getLast() + ", " + cups.size() + " lines"));
  }

  private static String state(ContainerStatus status) {
    return status.getState() + " started_at " + status.getStartedAt();
  }

  private void awaitLines(int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (Files.readAllLines(log).size() < count && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
