package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A network namespace that stands for the host, and pods' namespaces beside it: bridges and
 * iptables rules of the machine itself are not touched.
 */
final class PrivateHost {
  private final String prefix = "carafe-nettest-" + ProcessHandle.current().pid();
  private final List<String> namespaces = new ArrayList<>();
  private final List<Process> servers = new ArrayList<>();

  PrivateHost() throws IOException, InterruptedException {
    addNamespace(name());
    run("ip", "-n", name(), "link", "set", "lo", "up");
  }

  /** Why this machine can't do it; empty when it can. */
  static String missing() throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/lib/cni/bridge"))) {
      return "no CNI plugins in /usr/lib/cni (package containernetworking-plugins)";
    }
    String probe = "carafe-nettest-probe-" + ProcessHandle.current().pid();
    Process process = start("ip", "netns", "add", probe);
    if (process.waitFor() != 0) {
      return "ip netns add: "
          + new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }
    run("ip", "netns", "del", probe);
    return "";
  }

  String name() {
    return prefix + "-host";
  }

  /** Runs plugins where this host's bridges and rules are. */
  PluginRunner runner() {
    PluginRunner plain = new ProcessRunner();
    return (argv, env, stdin, timeout) -> {
      List<String> inside = new ArrayList<>(List.of("/usr/sbin/ip", "netns", "exec", name()));
      inside.addAll(argv);
      return plain.run(inside, env, stdin, timeout);
    };
  }

  /** A pod's namespace and its pin; loopback is up as the shim would have it. */
  Path addPod(String pod) throws IOException, InterruptedException {
    String namespace = prefix + "-" + pod;
    addNamespace(namespace);
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    return Path.of("/run/netns", namespace);
  }

  void removePod(String pod) throws IOException, InterruptedException {
    run("ip", "netns", "del", prefix + "-" + pod);
    namespaces.remove(prefix + "-" + pod);
  }

  /** What a command prints in the host's namespace. */
  String inHost(String... command) throws IOException, InterruptedException {
    return in(name(), command);
  }

  /** What a command prints in a pod's namespace. */
  String inPod(String pod, String... command) throws IOException, InterruptedException {
    return in(prefix + "-" + pod, command);
  }

  /**
   * A TCP server in the pod that says {@code greeting} to each client; it listens when this
   * returns.
   */
  void serve(String pod, int port, String greeting) throws IOException {
    Process server =
        start(
            "ip",
            "netns",
            "exec",
            prefix + "-" + pod,
            "perl",
            "-MIO::Socket::INET",
            "-e",
            "$|=1; my $s = IO::Socket::INET->new(Listen => 5, LocalPort => $ARGV[0], ReuseAddr => 1) or die $!;"
                + " print \"ready\\n\"; while (my $c = $s->accept) { print $c $ARGV[1]; close $c }",
            Integer.toString(port),
            greeting);
    servers.add(server);
    assertThat(server.inputReader().readLine()).isEqualTo("ready");
  }

  void remove() throws IOException, InterruptedException {
    servers.forEach(Process::destroyForcibly);
    for (String namespace : namespaces) {
      run("ip", "netns", "del", namespace);
    }
  }

  /** The addresses that host-local has given away, from its own files. */
  static List<String> leases(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> Character.isDigit(name.charAt(0)))
          .sorted()
          .toList();
    }
  }

  private void addNamespace(String namespace) throws IOException, InterruptedException {
    run("ip", "netns", "add", namespace);
    namespaces.add(namespace);
  }

  private static String in(String namespace, String... command)
      throws IOException, InterruptedException {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    inside.addAll(List.of(command));
    return run(inside.toArray(String[]::new));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = start(command);
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(List.of(command).toString()).isTrue();
      assertThat(process.exitValue()).as(List.of(command) + ": " + error).isZero();
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(String... command) throws IOException {
    return new ProcessBuilder(command).start();
  }
}
