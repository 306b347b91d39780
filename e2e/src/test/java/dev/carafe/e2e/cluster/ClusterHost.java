package dev.carafe.e2e.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.carafe.e2e.Command;
import dev.carafe.e2e.kubelet.Kubelet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The host that {@code e2e/cluster/host} plays: network and files of its own on this machine's
 * kernel, and what answers to systemctl. Not thread-safe.
 */
final class ClusterHost implements AutoCloseable {
  private static final int STOP_SECONDS = 120;

  private final Path dir;
  private final Process process;

  private ClusterHost(Path dir, Process process) {
    this.dir = dir;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param script {@code e2e/cluster/host}
   * @param dir an empty directory; the host sees it at the same path
   */
  static ClusterHost start(Path script, Path dir) throws IOException {
    Kubelet.writeSysctls(dir.resolve("sysctl"));
    Process process =
        new ProcessBuilder(script.toString(), dir.toString())
            .redirectError(dir.resolve("host.log").toFile())
            .start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    if (!"ready".equals(out.readLine())) {
      process.destroy();
      throw new IOException(
          script + " did not start: " + Files.readString(dir.resolve("host.log")));
    }
    return new ClusterHost(dir, process);
  }

  /** Where everything of it is. */
  Path dir() {
    return dir;
  }

  /** A file of the host, as this process sees it. */
  Path path(String absolute) {
    return Path.of("/proc/" + process.pid() + "/root").resolve(absolute.substring(1));
  }

  /** What runs a program on the host. */
  List<String> enter(String... command) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + process.pid(),
                "--mount",
                "--net",
                "env",
                "HOME=/root",
                "KUBECONFIG=" + dir.resolve("admin.kubeconfig")));
    words.addAll(List.of(command));
    return words;
  }

  /** Runs a program on the host to its end. */
  Command run(String... command) throws IOException, InterruptedException {
    return Command.run(enter(command).toArray(String[]::new));
  }

  /** Describes a service and starts it. */
  void service(String name, String... command) throws IOException, InterruptedException {
    Path unit = path("/etc/systemd/system/" + name + ".service");
    Files.createDirectories(requireNonNull(unit.getParent()));
    Files.writeString(unit, "[Service]\nExecStart=" + String.join(" ", command) + "\n");
    systemctl("restart", name);
  }

  /** Asks for a service's start or stop. */
  void systemctl(String verb, String name) throws IOException, InterruptedException {
    Command done = run("systemctl", verb, name + ".service");
    if (done.exit() != 0) {
      throw new IOException("systemctl " + verb + " " + name + ": " + done);
    }
  }

  /** The process of a service. */
  ProcessHandle process(String name) throws IOException {
    long pid =
        Long.parseLong(Files.readString(path("/run/stand-in/" + name + ".service.pid")).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }

  /** The end of what a service wrote. */
  String tail(String name) throws IOException {
    Path log = dir.resolve(name + ".service.log");
    List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
  }

  /** Ends it with its services. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
