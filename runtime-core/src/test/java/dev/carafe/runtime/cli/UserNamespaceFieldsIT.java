package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host's root does for a container in a user namespace, which its own root could not. */
class UserNamespaceFieldsIT {
  private static final long USER = 100_000;

  @TempDir Path directory;

  private Carafe carafe = new Carafe(Path.of("/"), "");
  private @Nullable FrontServer server;

  @BeforeEach
  void install() throws Exception {
    Carafe.assumePossible();
    carafe = Carafe.install(directory, "ip", "ls", "readlink");
    server = FrontServer.start(directory.resolve("front.sock"), complaint -> {});
    List<String> owner = List.of("-R", USER + ":" + USER, carafe.bundle().toString());
    assertThat(carafe.execute("/bin/chown", owner).code()).isZero();
  }

  @AfterEach
  void clean() throws Exception {
    if (!carafe.program().isEmpty()) {
      carafe.clean("c");
    }
    if (server != null) {
      server.close();
    }
  }

  private static ObjectNode shell(String script) throws Exception {
    ObjectNode config = Carafe.template("c", "sh", "-c", script);
    World.useUserNamespace(config, USER);
    return config;
  }

  /** By a shell in a network namespace of its own, after a script there. */
  private Carafe.Result runAfter(String script) throws Exception {
    List<String> line = new ArrayList<>(List.of("-n", "sh", "-e", "-c"));
    line.addAll(List.of(script + "; exec \"$@\"", "sh", "env"));
    line.add("CARAFE_FRONT_SOCKET=" + directory.resolve("front.sock"));
    line.addAll(List.of(carafe.program(), "--root", directory.resolve("state").toString()));
    line.addAll(List.of("run", "c"));
    return carafe.execute("/usr/bin/unshare", line);
  }

  /** The network namespace is the container's own nevertheless: its sysfs shows it. */
  @Test
  void networkDevicesAreMovedIntoIt() throws Exception {
    ObjectNode config = shell("ip -o addr show; ls /sys/class/net");
    ObjectNode devices = ((ObjectNode) config.path("linux")).putObject("netDevices");
    devices.putObject("d0").put("name", "eth7");
    devices.putObject("d1");
    carafe.write(config);
    Carafe.Result result =
        runAfter("ip link add d0 type veth peer name d1; ip addr add 10.9.8.7/24 dev d0");
    assumeFalse(result.err().contains("Operation not supported"), "SKIP veth: the kernel has none");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .containsPattern("lo .*127\\.0\\.0\\.1")
        .containsPattern("eth7 .*10\\.9\\.8\\.7/24")
        .endsWith("d1\neth7\nlo\n");
  }

  /** As a network namespace of the host's is: only the host's root may join it. */
  @Test
  void namespacesThatAreNotItsOwnAreJoined() throws Exception {
    Process owner = new ProcessBuilder("unshare", "-n", "-p", "-f", "sleep", "1000").start();
    try {
      Path network = Path.of("/proc/" + owner.pid() + "/ns/net");
      Path pids = Path.of("/proc/" + owner.pid() + "/ns/pid_for_children");
      Path own = Path.of("/proc/self/ns/net");
      await().until(() -> !Files.readSymbolicLink(network).equals(Files.readSymbolicLink(own)));
      await().until(() -> Files.exists(pids));
      ObjectNode config = shell("readlink /proc/self/ns/net; readlink /proc/self/ns/pid");
      // Its root could mount neither.
      World.unmount(config, "/sys");
      World.unmount(config, "/proc");
      World.bind(config, Path.of("/proc"), "/proc");
      ArrayNode namespaces = (ArrayNode) config.at("/linux/namespaces");
      namespaces.forEach(namespace -> {
        switch (namespace.path("type").asText()) {
          case "network" -> ((ObjectNode) namespace).put("path", network.toString());
          case "pid" -> ((ObjectNode) namespace).put("path", pids.toString());
          default -> {}
        }
      });
      carafe.write(config);
      Carafe.Result result = carafe.withSocket(directory.resolve("front.sock"), "run", "c");
      assertThat(result.err()).isEmpty();
      assertThat(result.out())
          .isEqualTo(Files.readSymbolicLink(network) + "\n" + Files.readSymbolicLink(pids) + "\n");
    } finally {
      owner.descendants().forEach(ProcessHandle::destroyForcibly);
      owner.destroyForcibly();
    }
  }
}
