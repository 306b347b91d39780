package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.e2e.client.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * How often the disk is waited for, counted by strace on the agent and what it forks: KERNEL.md 23.
 */
class FsyncIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Path STRACE = Path.of("/usr/bin/strace");

  @BeforeAll
  static void strace() {
    Assumptions.assumeTrue(Files.isExecutable(STRACE), "SKIP strace: install Debian's strace");
  }

  @Test
  void startAndStopDoNotWaitForTheDiskAndARunPodWaitsOnce() throws Exception {
    NODE.pod().remove(); // Whatever is done once, is done.
    Path trace = NODE.node().settings().dir().resolve("trace");
    Workload[] pod = new Workload[1];
    List<String> run = traced(trace, () -> pod[0] = NODE.pod());
    System.out.println("RunPodSandbox: " + run);
    assertThat(run).hasSizeLessThanOrEqualTo(2);
    assertThat(run).isNotEmpty().allMatch(line -> line.contains("/pods"));

    String[] id = new String[1];
    List<String> create =
        traced(trace, () -> id[0] = pod[0].create(shell("c", "sleep 1000").build()));
    System.out.println("CreateContainer: " + create.size() + " " + create);
    assertThat(create).isNotEmpty();
    assertThat(traced(trace, () -> pod[0].start(id[0]))).as("StartContainer").isEmpty();
    assertThat(traced(trace, () -> NODE.exec(id[0], 5, "true"))).as("ExecSync").isEmpty();
    assertThat(traced(trace, () -> NODE.stop(id[0], 0))).as("StopContainer").isEmpty();
    pod[0].remove();
  }

  /** The calls that wait for the disk, with the file of each, while {@code work} goes on. */
  private static List<String> traced(Path trace, Runnable work) throws Exception {
    Files.deleteIfExists(trace);
    Process strace =
        new ProcessBuilder(
                STRACE.toString(),
                "--follow-forks",
                "--decode-fds=path",
                "--trace=fsync,fdatasync,sync,syncfs,sync_file_range,msync,getppid",
                "--output=" + trace,
                "--attach=" + NODE.node().agent().pid())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String tracer = "TracerPid:\t" + strace.pid();
      Path tasks = Path.of("/proc/" + NODE.node().agent().pid() + "/task");
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptions()
          .until(() -> allTraced(tasks, tracer));
      work.run();
      TimeUnit.MILLISECONDS.sleep(100); // What is done after the answer counts as well.
    } finally {
      strace.destroy();
      strace.waitFor();
    }
    return Files.readAllLines(trace).stream().filter(line -> line.contains("sync")).toList();
  }

  private static boolean allTraced(Path tasks, String tracer) throws Exception {
    try (java.util.stream.Stream<Path> threads = Files.list(tasks)) {
      for (Path thread : threads.toList()) {
        if (!Files.readString(thread.resolve("status")).contains(tracer)) {
          return false;
        }
      }
    }
    return true;
  }
}
