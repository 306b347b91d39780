package dev.carafe.e2e.kubelet;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.carafe.e2e.client.CgroupTree;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The real kubelet, standalone: its pods are the files of a directory. It has a mount namespace of
 * its own, in which the sysctls that it sets are files of ours, so that it changes nothing of the
 * machine. Not thread-safe.
 */
public final class Kubelet implements AutoCloseable {
  /** What a kubelet writes at its start, with the values that it wants. */
  private static final List<String> SYSCTLS =
      List.of(
          "vm/overcommit_memory=1",
          "vm/panic_on_oom=0",
          "kernel/panic=10",
          "kernel/panic_on_oops=1",
          "kernel/keys/root_maxkeys=1000000",
          "kernel/keys/root_maxbytes=25000000");

  private static final String CONFIG =
      """
      apiVersion: kubelet.config.k8s.io/v1beta1
      kind: KubeletConfiguration
      staticPodPath: %1$s/manifests
      fileCheckFrequency: 1s
      syncFrequency: 5s
      containerRuntimeEndpoint: unix://%2$s
      podLogsDir: %1$s/logs
      cgroupRoot: %3$s
      failCgroupV1: false
      failSwapOn: false
      makeIPTablesUtilChains: false
      oomScoreAdj: 0
      address: 127.0.0.1
      port: %4$d
      readOnlyPort: %5$d
      healthzPort: 0
      registerNode: false
      authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
      authorization: {mode: AlwaysAllow}
      enforceNodeAllocatable: []
      evictionHard: {memory.available: "0%%", nodefs.available: "0%%", imagefs.available: "0%%", nodefs.inodesFree: "0%%"}
      imageGCHighThresholdPercent: 100
      containerLogMaxSize: 200Ki
      containerLogMonitorInterval: 3s
      """;

  private final Path dir;
  private final String cgroup;
  private final int readOnlyPort;
  private final Process process;

  private Kubelet(Path dir, String cgroup, int readOnlyPort, Process process) {
    this.dir = dir;
    this.cgroup = cgroup;
    this.readOnlyPort = readOnlyPort;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param program the kubelet
   * @param dir of its own, everything of it is below
   * @param cgroup made here, in every hierarchy; its pods' cgroups are below. {@code /} is the
   *     machine's own and stays
   */
  public static Kubelet start(Path program, Path dir, Path socket, String cgroup)
      throws IOException {
    Files.createDirectories(dir.resolve("manifests"));
    Files.createDirectories(dir.resolve("logs"));
    int readOnlyPort = freePort();
    Path config = dir.resolve("config.yaml");
    Files.writeString(
        config, CONFIG.formatted(dir, requireNonNull(socket), cgroup, freePort(), readOnlyPort));
    CgroupTree.make(cgroup);
    StringBuilder script = new StringBuilder("set -e; mount --make-private /proc\n");
    for (String sysctl : writeSysctls(dir.resolve("sysctl"))) {
      script.append("mount --bind %1$s/sysctl/%2$s /proc/sys/%2$s\n".formatted(dir, sysctl));
    }
    script.append(
        "exec %s --config=%s --root-dir=%s --hostname-override=carafe-test --v=2"
            .formatted(program, config, dir.resolve("root")));
    Process process =
        new ProcessBuilder(
                "unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script.toString())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("kubelet.log").toFile())
            .start();
    return new Kubelet(dir, cgroup, readOnlyPort, process);
  }

  /**
   * Writes what a kubelet wants of the machine's sysctls, to be mounted above them; returns their
   * names, by which the files lie in the directory.
   */
  public static List<String> writeSysctls(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (String sysctl : SYSCTLS) {
      String[] parts = sysctl.split("=", 2);
      Path file = directory.resolve(parts[0]);
      Files.createDirectories(requireNonNull(file.getParent()));
      Files.writeString(file, parts[1] + "\n");
      names.add(parts[0]);
    }
    return names;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Makes or changes a static pod. */
  public void put(String name, String manifest) throws IOException {
    // Out of its sight first, for it reads half-written files too.
    Path file = Files.writeString(dir.resolve(name), manifest);
    Files.move(file, dir.resolve("manifests").resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Takes a static pod away. */
  public void delete(String name) throws IOException {
    Files.delete(dir.resolve("manifests").resolve(name));
  }

  /**
   * What it says of a pod, by the pod's name in the manifest; missing when it knows none, or does
   * not serve yet.
   */
  public JsonNode pod(String name) throws IOException {
    for (JsonNode pod : get("/pods").path("items")) {
      if (pod.path("metadata").path("name").asText().equals(name + "-carafe-test")) {
        return pod;
      }
    }
    return MissingNode.getInstance();
  }

  /** Its summary of the node's and pods' statistics. */
  public JsonNode summary() throws IOException {
    return get("/stats/summary");
  }

  private JsonNode get(String path) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + readOnlyPort + path);
    try (InputStream in = uri.toURL().openStream()) {
      return new ObjectMapper().readTree(in);
    } catch (ConnectException notYet) {
      return MissingNode.getInstance();
    }
  }

  /** Where logs of pods are. */
  public Path logs() {
    return dir.resolve("logs");
  }

  /** The end of what it logged. */
  public String tail() throws IOException {
    List<String> lines = Files.readAllLines(dir.resolve("kubelet.log"));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it; its pods run on. */
  public void stop() {
    process.destroy();
    process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** Ends it, if it runs, and takes its cgroup away, in which no pod may be any more. */
  @Override
  public void close() throws IOException {
    stop();
    if (!cgroup.equals("/")) {
      CgroupTree.remove(cgroup);
    }
  }
}
