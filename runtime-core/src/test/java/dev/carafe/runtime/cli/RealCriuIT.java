package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.checkpoint.CriuProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A container that is saved by the real CRIU and goes on where it was. Where {@code criu check}
 * fails, as on kernels that are newer than it, this is skipped; the virtual machine's are not.
 */
class RealCriuIT {
  private static final long SECONDS = 240;
  private static final List<String> MODULES =
      List.of(
          "inet_diag",
          "tcp_diag",
          "udp_diag",
          "unix_diag",
          "netlink_diag",
          "af_packet_diag",
          "nf_tables",
          "nft_compat",
          "veth",
          "tun");

  private static final String SLICE = "carafecriutest.slice";
  private static final String SCOPE = "t-one.scope";

  @TempDir Path directory;
  private Carafe carafe;
  private List<String> globals = List.of();

  /** A command of carafe whose output is a pipe, as CRIU wants a container's to be. */
  private record Running(Process process, BlockingQueue<String> lines) {
    /** The next line that says this, and what follows it. */
    String await(String word) throws InterruptedException {
      while (true) {
        String line = lines.poll(SECONDS, TimeUnit.SECONDS);
        assertThat(line).as("a line with %s", word).isNotNull();
        if (line.contains(word)) {
          return line;
        }
      }
    }
  }

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    // Where they are built in, or there is no modprobe, they are not missed.
    String load = "for m in " + String.join(" ", MODULES) + "; do modprobe -q $m; done";
    new ProcessBuilder("sh", "-c", load).start().waitFor();
    String complaint = new CriuProgram("criu").complaint(System.getenv("PATH"));
    assumeTrue(complaint.isEmpty(), "SKIP criu: criu check says " + complaint);
    carafe = Carafe.install(directory);
    carafe.write(counting());
  }

  private static ObjectNode counting() throws IOException {
    return Carafe.template(
        "one", "sh", "-c", "i=0; while true; do i=$((i+1)); echo tick $i; sleep 1; done");
  }

  @AfterEach
  void delete() throws Exception {
    if (carafe != null) {
      start("delete", "--force", "one").process().waitFor(SECONDS, TimeUnit.SECONDS);
    }
  }

  private Running start(String... words) throws IOException {
    List<String> line =
        new ArrayList<>(List.of(carafe.program(), "--root", directory.resolve("state").toString()));
    line.addAll(globals);
    line.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("CARAFE_FRONT_SOCKET", "");
    Process process =
        builder
            .directory(carafe.bundle().toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .start();
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread.ofVirtual()
        .start(() -> {
          try (BufferedReader reader =
                  new BufferedReader(
                      new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
              Stream<String> read = reader.lines()) {
            read.forEach(lines::add);
          } catch (IOException closed) {
            lines.add("closed: " + closed.getMessage());
          }
        });
    return new Running(process, lines);
  }

  private void succeeds(Running command) throws Exception {
    assertThat(command.process().waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(command.process().exitValue())
        .as(String.join("\n", command.lines()) + errors())
        .isZero();
  }

  private String errors() throws IOException {
    StringBuilder errors = new StringBuilder();
    for (String log : List.of("work/dump.log", "work/restore.log")) {
      Path file = directory.resolve(log);
      if (Files.exists(file)) {
        Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
            .filter(line -> line.contains("Error") || line.contains("Warn"))
            .forEach(line -> errors.append('\n').append(line));
      }
    }
    return errors.toString();
  }

  @Test
  void whatCountsGoesOnCountingAndItsExitIsKept() throws Throwable {
    goesOn(() -> assertThat(cgroup()).endsWith(Carafe.PARENT + "/one"));
  }

  @Test
  void systemdHasAScopeForItAgain() throws Throwable {
    assumeTrue(
        Files.isDirectory(Path.of("/run/systemd/system")),
        "SKIP systemd: it is not process 1 here");
    ObjectNode config = counting();
    ((ObjectNode) config.path("linux")).put("cgroupsPath", SLICE + ":t:one");
    carafe.write(config);
    globals = List.of("--systemd-cgroup");
    goesOn(() -> {
      assertThat(cgroup()).isEqualTo("0::/" + SLICE + "/" + SCOPE);
      assertThat(unit("ActiveState")).isEqualTo("active");
    });
    assertThat(unit("LoadState")).isEqualTo("not-found");
  }

  private String unit(String property) throws Exception {
    return carafe
        .execute("/usr/bin/systemctl", List.of("show", "-P", property, SCOPE))
        .out()
        .strip();
  }

  /** Of the container's init: the last line that /proc/PID/cgroup has. */
  private String cgroup() throws Exception {
    String state = carafe.run("state", "one").out();
    String pid = state.replaceFirst("(?s).*\"pid\": (\\d+).*", "$1");
    return Files.readAllLines(Path.of("/proc", pid, "cgroup")).getLast();
  }

  /** Saves it twice, and looks at what is restored. */
  private void goesOn(ThrowingRunnable look) throws Throwable {
    Running first = start("run", "one");
    first.await("tick 2");
    String images = directory.resolve("images").toString();
    String work = directory.resolve("work").toString();
    succeeds(
        start("checkpoint", "--leave-running", "--image-path", images, "--work-path", work, "one"));
    first.await("tick");
    succeeds(start("checkpoint", "--image-path", images, "--work-path", work, "one"));
    assertThat(first.process().waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    String last = first.lines().stream().reduce("tick 2", (a, b) -> b);
    int counted = Integer.parseInt(last.replaceFirst("tick ", ""));

    Running second = start("restore", "--image-path", images, "--work-path", work, "one");
    String next = second.await("");
    assertThat(next).as("restored: " + errors()).startsWith("tick ");
    assertThat(Integer.parseInt(next.replaceFirst("tick ", ""))).isBetween(counted, counted + 2);
    look.run();
    succeeds(start("kill", "one", "KILL"));
    assertThat(second.process().waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(second.process().exitValue()).isEqualTo(137);
  }
}
