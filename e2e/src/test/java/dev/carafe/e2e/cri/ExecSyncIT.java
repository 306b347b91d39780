package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ExecSyncRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.VersionRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands in a running container: KERNEL.md 21. */
class ExecSyncIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static String container = "";

  @BeforeAll
  static void start() {
    Workload pod = NODE.pod();
    container = run(pod, shell("c", "sleep 10000"));
  }

  @Test
  void exitCodesAndBothStreams() {
    ExecSyncResponse answer =
        NODE.exec(container, 10, "sh", "-c", "echo out; echo err >&2; exit 7");
    assertThat(answer.getExitCode()).isEqualTo(7);
    assertThat(answer.getStdout().toStringUtf8()).isEqualTo("out\n");
    assertThat(answer.getStderr().toStringUtf8()).isEqualTo("err\n");
    assertThat(NODE.exec(container, 10, "sh", "-c", "kill -KILL $$").getExitCode()).isEqualTo(137);
    assertThat(NODE.exec(container, 0, "true").getExitCode()).isZero();
  }

  @Test
  void aMissingProgramIsNamed() {
    Status status = CriNode.refusal(() -> NODE.exec(container, 10, "/no/such/tool"));
    assertThat(status.getDescription()).contains("/no/such/tool");
    assertThat(status.getCode()).isEqualTo(Code.UNKNOWN);
    assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            NODE.runtime().execSync(ExecSyncRequest.newBuilder().setContainerId(container).build()),
        "cmd");
  }

  @Test
  void outputIsCappedAt16MiB() {
    ExecSyncResponse answer =
        NODE.runtime()
            .withMaxInboundMessageSize(40 << 20)
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(
                        List.of("sh", "-c", "head -c 20000000 /dev/zero; echo done >&2; exit 3"))
                    .setTimeout(30)
                    .build());
    assertThat(answer.getStdout().size()).isEqualTo(16 << 20);
    assertThat(answer.getStderr().toStringUtf8()).isEqualTo("done\n");
    assertThat(answer.getExitCode()).isEqualTo(3);
  }

  @Test
  void theDeadlineKillsTheCommandAndItsChildren() {
    long start = System.nanoTime();
    assertRefused(
        Code.DEADLINE_EXCEEDED,
        () ->
            NODE.exec(
                container,
                1,
                "sh",
                "-c",
                "sleep 3331 & setsid sleep 3331 & (sleep 3331 &) ; sleep 3331"));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    System.out.println("ExecSync deadline 1 s answered after " + took.toMillis() + " ms");
    assertThat(took).isBetween(Duration.ofMillis(990), Duration.ofMillis(1900));
    assertThat(NODE.output(container, "pgrep -f 'sleep 333[1]' | wc -l")).isEqualTo("0");
  }

  @Test
  void aGrandchildThatHoldsStdoutDelaysNothingForLong() {
    long start = System.nanoTime();
    ExecSyncResponse answer =
        NODE.exec(container, 0, "sh", "-c", "setsid sleep 3332 & echo here; exit 5");
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(answer.getExitCode()).isEqualTo(5);
    assertThat(answer.getStdout().toStringUtf8()).isEqualTo("here\n");
    assertThat(took).isLessThan(Duration.ofSeconds(4));
    NODE.exec(container, 5, "sh", "-c", "pgrep -f 'sleep 333[2]' | xargs kill");
  }

  @Test
  void twentyFloodsLeaveTheAgentAnswering() throws Exception {
    List<Future<Status>> floods = new ArrayList<>();
    List<Long> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        floods.add(callers.submit(() -> CriNode.refusal(() -> NODE.exec(container, 3, "yes"))));
      }
      while (!floods.stream().allMatch(Future::isDone)) {
        long start = System.nanoTime();
        NODE.runtime()
            .withDeadlineAfter(5, TimeUnit.SECONDS)
            .version(VersionRequest.getDefaultInstance());
        answers.add(System.nanoTime() - start);
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    for (Future<Status> flood : floods) {
      assertThat(flood.get().getCode())
          .as(String.valueOf(flood.get().getDescription()))
          .isIn(Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED);
    }
    long worst = answers.stream().mapToLong(Long::longValue).max().orElseThrow();
    System.out.printf(
        "20 x yes: %d Version calls, worst %d ms%n", answers.size(), worst / 1_000_000);
    assertThat(Duration.ofNanos(worst)).isLessThan(Duration.ofSeconds(1));
    assertThat(NODE.node().agent().isAlive()).isTrue();
    assertThat(NODE.output(container, "pgrep -x yes | wc -l")).isEqualTo("0");
  }

  @AfterAll
  static void remove() {
    NODE.node().removePods();
  }
}
