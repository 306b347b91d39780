package dev.carafe.agent.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessRunnerTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path dir;

  private static PluginOutput run(String shell, byte[] stdin, Duration timeout)
      throws IOException, InterruptedException {
    return new ProcessRunner()
        .run(List.of("/bin/sh", "-c", shell), Map.of("A", "b"), stdin, timeout);
  }

  @Test
  void givesExitCodeOutputAndOnlyTheEnvironmentThatWasAskedFor() throws Exception {
    PluginOutput output = run("cat; /usr/bin/env >&2; exit 3", "päron".getBytes(UTF_8), LONG);

    assertThat(output.exitCode()).isEqualTo(3);
    assertThat(output.timedOut()).isFalse();
    assertThat(output.stdout()).isEqualTo("päron");
    assertThat(output.stderr()).contains("A=b").doesNotContain("HOME=");
  }

  @Test
  void inputThatNobodyReadsHangsNobody() throws Exception {
    assertThat(run("exit 0", new byte[4 << 20], LONG).exitCode()).isZero();
  }

  @Test
  void whatIsPrintedAboveTheLimitIsDropped() throws Exception {
    PluginOutput output = run("head -c 3000000 /dev/zero; echo end >&2", new byte[0], LONG);

    assertThat(output.stdout()).hasSize(1 << 20);
    assertThat(output.stderr()).isEqualTo("end\n");
  }

  @Test
  void atTheTimeoutThePluginAndItsChildrenAreKilled() throws Exception {
    Path pid = dir.resolve("pid");

    PluginOutput output =
        run(
            "sleep 600 & echo $! > " + pid + "; echo began; wait",
            new byte[0],
            Duration.ofMillis(700));

    assertThat(output.timedOut()).isTrue();
    assertThat(output.stdout()).isEqualTo("began\n");
    long child = Long.parseLong(Files.readString(pid).strip());
    Awaitility.await()
        .untilAsserted(() -> assertThat(isRunning(child)).as("child " + child).isFalse());
  }

  @Test
  void aGrandchildThatHoldsTheOutputOpenDelaysNobodyForLong() throws Exception {
    Path pid = dir.resolve("pid");
    long start = System.nanoTime();

    PluginOutput output = run("sleep 600 & echo $! > " + pid + "; echo result", new byte[0], LONG);

    assertThat(output.stdout()).isEqualTo("result\n");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
        .ifPresent(ProcessHandle::destroyForcibly);
  }

  @Test
  void aProgramThatDoesNotExistIsNamed() {
    assertThatThrownBy(
            () -> new ProcessRunner().run(List.of("/no/such/plugin"), Map.of(), new byte[0], LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/no/such/plugin");
  }

  /** A zombie that its adopter has not reaped yet is dead. */
  private static boolean isRunning(long pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return Files.exists(stat) && !Files.readString(stat).contains(") Z ");
  }
}
