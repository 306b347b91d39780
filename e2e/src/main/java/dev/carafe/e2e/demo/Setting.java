package dev.carafe.e2e.demo;

import dev.carafe.e2e.client.CgroupTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The demo's own corner of the machine: directories, a cgroup, a bridge, all named after this
 * process and gone at its end.
 *
 * @param work root, state, socket, logs and configuration lie below it
 * @param cgroup the parent of its pods, below each hierarchy's root
 * @param bridge the network interface of its CNI network
 */
record Setting(Path work, String cgroup, String bridge) {
  private static final Path FORWARD = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final String CONFIG =
      """
      root = "%1$s/root"
      state = "%1$s/state"
      [api]
      listen = "unix://%1$s/carafe.sock"
      [runtime]
      cgroup_parent = "%2$s"
      [network]
      conf_dir = "%1$s/cni"
      bin_dirs = ["/opt/cni/bin", "/usr/lib/cni"]
      [rdt]
      mount = "never"
      resctrl_root = "%1$s/resctrl"
      """;
  private static final String NETWORK =
      """
      {"cniVersion": "0.4.0", "name": "%1$s", "plugins": [
        {"type": "bridge", "bridge": "%1$s", "isGateway": true,
         "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.213.%2$d.0/24"}]],
                  "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "%3$s/ipam"}}]}
      """;

  /** Makes the directories and the configuration; {@code cleanup} undoes it. */
  static Setting make(Cleanup cleanup) throws IOException {
    long pid = ProcessHandle.current().pid();
    // Short, for the path of a shim's socket ends at 107 bytes.
    Path work =
        Files.createDirectory(
            Path.of("/tmp/carafe-" + pid),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Setting setting = new Setting(work, "/carafe-demo-" + pid, "cfdemo" + pid);
    cleanup.add("directory " + work, setting::deleteWork);
    cleanup.add("cgroup " + setting.cgroup, () -> CgroupTree.remove(setting.cgroup));
    String forward = Files.readString(FORWARD).strip();
    cleanup.add("bridge " + setting.bridge, () -> setting.removeBridge(forward));
    for (String directory : List.of("cni", "logs", "resctrl")) {
      Files.createDirectories(work.resolve(directory));
    }
    Files.writeString(setting.config(), CONFIG.formatted(work, setting.cgroup));
    Files.writeString(
        work.resolve("cni/10-demo.conflist"), NETWORK.formatted(setting.bridge, pid % 250, work));
    return setting;
  }

  Path config() {
    return work.resolve("carafe.toml");
  }

  Path socket() {
    return work.resolve("carafe.sock");
  }

  Path logs() {
    return work.resolve("logs");
  }

  Path resctrl() {
    return work.resolve("resctrl");
  }

  /** Mounts that lie below the work directory. */
  List<String> mounts() throws IOException {
    return Kernel.lines(
        Path.of("/proc/self/mounts"), line -> line.contains(" " + work.toString() + "/"));
  }

  /** What is still there of the demo, in words. */
  List<String> left() throws IOException {
    List<String> left = new ArrayList<>(mounts());
    CgroupTree.directories(cgroup).forEach(directory -> left.add("cgroup " + directory));
    for (Path file : List.of(work, Path.of("/sys/class/net", bridge))) {
      if (Files.exists(file)) {
        left.add(file.toString());
      }
    }
    left.addAll(Kernel.named(work));
    return List.copyOf(left);
  }

  private void removeBridge(String forward) throws IOException, InterruptedException {
    // The bridge plug-in makes the node a router, and never takes that back.
    if (!Files.readString(FORWARD).strip().equals(forward)) {
      Files.writeString(FORWARD, forward);
    }
    if (Files.exists(Path.of("/sys/class/net", bridge))) {
      run("ip", "link", "delete", bridge);
    }
  }

  private void deleteWork() throws IOException, InterruptedException {
    for (String line : mounts()) {
      run("umount", "--lazy", line.split(" ", -1)[1]);
    }
    try (Stream<Path> all = Files.walk(work)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }
}
