package dev.carafe.e2e.harness;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.registry.LoopbackRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An agent with directories, bridge, cgroup and images of its own, and a client of it. {@link
 * #close} takes everything away again.
 */
public final class TestNode implements AutoCloseable {
  /** Ends what hangs, in an emulated machine too. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private final NodeSettings settings;
  private final CarafedProcess agent;
  private final CriClient client;
  private final Leftovers leftovers;

  private TestNode(
      NodeSettings settings, CarafedProcess agent, CriClient client, Leftovers leftovers) {
    this.settings = settings;
    this.agent = agent;
    this.client = client;
    this.leftovers = leftovers;
  }

  /**
   * Starts an agent and waits for its first answer.
   *
   * @param libexec the native programs
   * @param dir an empty directory
   * @param resctrl what the agent takes for resctrl; may be absent
   * @param whenMissing {@code rdt.when_missing}
   * @throws MissingException names what this machine lacks
   */
  public static TestNode start(Path libexec, Path dir, Path resctrl, String whenMissing)
      throws IOException, InterruptedException, MissingException {
    require(libexec, dir);
    NodeSettings settings = NodeSettings.in(dir);
    for (Path directory :
        List.of(settings.certs(), settings.cniConf(), settings.cniBin(), settings.logs())) {
      Files.createDirectories(directory);
    }
    Files.writeString(settings.config(), settings.toml(resctrl, whenMissing));
    Files.writeString(settings.cniConf().resolve("10-e2e.conflist"), settings.conflist());
    CarafedProcess agent =
        new CarafedProcess(
            CarafedProcess.command(libexec, settings.config()), dir.resolve("carafed.log"));
    TestNode node =
        new TestNode(
            settings, agent, CriClient.of(settings.socket(), DEADLINE), Leftovers.before(settings));
    try {
      node.startAgent();
      return node;
    } catch (IOException dead) {
      node.close();
      throw dead;
    }
  }

  private static void require(Path libexec, Path dir) throws MissingException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new MissingException("root", "the agent makes namespaces; run as root");
    }
    if (!Files.isExecutable(libexec.resolve("carafe-shim"))) {
      throw new MissingException("carafe-shim", "not built at " + libexec);
    }
    if (!Files.isExecutable(Path.of("/usr/lib/cni/bridge"))
        && !Files.isExecutable(Path.of("/opt/cni/bin/bridge"))) {
      throw new MissingException("cni", "install Debian's containernetworking-plugins");
    }
    requireNonNull(dir, "dir is null");
  }

  /** Where everything of it is. */
  public NodeSettings settings() {
    return settings;
  }

  /** Its client, which lives through restarts of the agent. */
  public CriClient client() {
    return client;
  }

  /** Its process. */
  public CarafedProcess agent() {
    return agent;
  }

  /** What of its pods is there. */
  public List<String> leftovers() throws IOException {
    return leftovers.find(agent.isAlive() ? agent.pid() : -1);
  }

  /** Starts the agent, after a kill, and waits for its first answer. */
  public void startAgent() throws IOException, InterruptedException {
    agent.start();
    try {
      client.awaitVersion(PATIENCE);
    } catch (IOException silent) {
      throw new IOException(silent.getMessage() + "; its log ends so:\n" + agent.tail(), silent);
    }
  }

  /** Has the agent ask {@code registry} for the images of these registries. */
  public void mirror(LoopbackRegistry registry, Iterable<String> hosts) throws IOException {
    for (String host : hosts) {
      mirror(registry.uri().toString(), host);
    }
  }

  /** Has the agent ask the server at {@code url} for the images of the registry {@code host}. */
  public void mirror(String url, String host) throws IOException {
    Path directory = Files.createDirectories(settings.certs().resolve(host));
    Files.writeString(
        directory.resolve("hosts.toml"),
        "server = \"\"\n[host.\"%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n".formatted(url));
  }

  /** Pulls an image; returns its id. */
  public String pull(String image) {
    return client
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image)).build())
        .getImageRef();
  }

  /** Stops and removes every pod. */
  public void removePods() {
    client.removePods();
  }

  /** Ends the agent and takes away bridge, cgroups and what a broken agent left running. */
  @Override
  public void close() throws IOException {
    client.close();
    agent.close();
    for (long pid : leftovers.processes()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    if (Files.exists(Path.of("/sys/class/net", settings.bridge()))) {
      run("ip", "link", "del", settings.bridge());
    }
    for (Path mountPoint : leftovers.mountPoints()) {
      run("umount", "--lazy", mountPoint.toString());
      if (!mountPoint.startsWith(settings.dir())) {
        Files.deleteIfExists(mountPoint);
      }
    }
    CgroupTree.remove(settings.cgroupParent());
    leftovers.close();
    try (Stream<Path> all = Files.walk(settings.dir())) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(settings.dir())) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join().isAlive()) {
      process.destroyForcibly();
    }
  }
}
