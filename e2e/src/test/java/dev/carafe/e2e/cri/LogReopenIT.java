package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ReopenContainerLogRequest;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Log rotation as the kubelet does it: rename, then ReopenContainerLog. */
class LogReopenIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final int LINES = 100_000;

  @Test
  void noLineIsLostOrDoubledWhileTheLogIsRotated() throws Exception {
    Workload pod = NODE.pod();
    // In portions, so that the log is rotated while it grows, however fast the machine is.
    String id =
        run(
            pod,
            shell(
                "c",
                "i=0; while [ $i -lt 100 ]; do seq $((i * 1000 + 1)) $((i * 1000 + 1000)); i=$((i + 1)); sleep 0.02; done; exec sleep 1000"));
    Path log = Path.of(NODE.status(id).getLogPath());
    List<Path> rotated = new ArrayList<>();
    long count = 0;
    while (count < LINES && rotated.size() < 2000) {
      Path old = log.resolveSibling("c.log." + rotated.size());
      Files.move(log, old);
      reopen(id);
      assertThat(log).exists();
      rotated.add(old);
      try (java.util.stream.Stream<String> lines = Files.lines(old)) {
        count += lines.count();
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    rotated.add(log);
    long expected = 1;
    for (Path file : rotated) {
      for (String line : Files.readAllLines(file)) {
        assertThat(line).endsWith(" stdout F " + expected);
        expected++;
      }
    }
    System.out.println(LINES + " lines over " + rotated.size() + " files");
    assertThat(expected - 1).isEqualTo(LINES);
    assertThat(rotated).hasSizeGreaterThan(2);
    pod.remove();
  }

  @Test
  void aLogThatCannotBeReopenedIsAnErrorAndTheOldOneGoesOn() throws Exception {
    Workload pod = NODE.pod();
    String id = run(pod, shell("c", "while :; do echo x; sleep 0.02; done"));
    Path log = Path.of(NODE.status(id).getLogPath());
    Path moved = log.resolveSibling("moved.log");
    Files.move(log, moved);
    Files.createDirectory(log);
    assertRefused(Code.UNKNOWN, () -> reopen(id), id);
    long size = Files.size(moved);
    org.awaitility.Awaitility.await().until(() -> Files.size(moved) > size);
    Files.delete(log);
    reopen(id);
    org.awaitility.Awaitility.await().until(() -> Files.size(log) > 0);
    NODE.stop(id, 0);
    assertRefused(Code.FAILED_PRECONDITION, () -> reopen(id), id);
    pod.remove();
  }

  @Test
  void aContainerWithoutALogHasNothingToReopen() {
    Workload pod = NODE.pod(NODE.podConfig().clearLogDirectory());
    String id = run(pod, shell("c", "sleep 1000"));
    assertThat(NODE.status(id).getLogPath()).isEmpty();
    reopen(id);
    pod.remove();
  }

  private static void reopen(String id) {
    NODE.runtime()
        .reopenContainerLog(ReopenContainerLogRequest.newBuilder().setContainerId(id).build());
  }
}
