package dev.carafe.e2e.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Both runtimes, each with a root, a state directory, a network and a cgroup parent of its own;
 * what they have in common is the registry and the form of the network.
 *
 * @param work an empty directory on a disk
 * @param state an empty directory on a tmpfs
 * @param carafed the program
 * @param certs {@code HOST/hosts.toml} files of the registry
 * @param cgroup the absolute path of a cgroup of ours
 */
record Installation(Path work, Path state, Path carafed, Path certs, String cgroup) {
  private static final String CNI_PLUGINS = "/usr/lib/cni";

  Installation {
    requireNonNull(work, "work is null");
    requireNonNull(state, "state is null");
    requireNonNull(carafed, "carafed is null");
    requireNonNull(certs, "certs is null");
    requireNonNull(cgroup, "cgroup is null");
  }

  /** Starts a carafed with directories named {@code name}. */
  RuntimeProcess carafed(String name) throws IOException, InterruptedException {
    Path config =
        write(
            name + "/carafe.toml",
            """
            root = "%1$s/%2$s/root"
            state = "%3$s/%2$s"
            [api]
            listen = "unix://%4$s"
            [runtime]
            cgroup_driver = "cgroupfs"
            cgroup_parent = "%5$s/%2$s"
            [image]
            hosts_dir = "%6$s"
            [network]
            conf_dir = "%7$s"
            bin_dirs = ["%8$s"]
            """
                .formatted(
                    work, name, state, socket(name), cgroup, certs, network(name, 1), CNI_PLUGINS));
    return start(name, List.of(carafed.toString(), "--config", config.toString()));
  }

  /** Starts containerd, which takes runc from the path. */
  RuntimeProcess containerd() throws IOException, InterruptedException {
    String name = "containerd";
    Path config =
        write(
            name + "/config.toml",
            """
            version = 2
            root = "%1$s/%2$s/root"
            state = "%3$s/%2$s"
            [grpc]
              address = "%4$s"
            [plugins."io.containerd.internal.v1.opt"]
              path = "%1$s/%2$s/opt"
            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "registry.k8s.io/pause:3.9"
              stream_server_port = "0"
              restrict_oom_score_adj = true
              [plugins."io.containerd.grpc.v1.cri".containerd]
                snapshotter = "overlayfs"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                runtime_type = "io.containerd.runc.v2"
              [plugins."io.containerd.grpc.v1.cri".cni]
                bin_dir = "%6$s"
                conf_dir = "%5$s"
              [plugins."io.containerd.grpc.v1.cri".registry]
                config_path = "%7$s"
            """
                .formatted(work, name, state, socket(name), network(name, 2), CNI_PLUGINS, certs));
    return start(name, List.of("containerd", "--config", config.toString()));
  }

  private RuntimeProcess start(String name, List<String> command)
      throws IOException, InterruptedException {
    return RuntimeProcess.start(
        name, command, socket(name), work.resolve(name + ".log"), cgroup + "/" + name);
  }

  private Path socket(String name) {
    return state.resolve(name + ".sock");
  }

  private Path network(String name, int number) throws IOException {
    Path file =
        write(
            name + "/net.d/10-bench.conflist",
            """
            {"cniVersion": "1.0.0", "name": "bench%1$d", "plugins": [
              {"type": "bridge", "bridge": "carafebench%1$d", "isGateway": true, "ipMasq": true,
               "ipam": {"type": "host-local", "dataDir": "%2$s/%3$s/ipam",
                        "ranges": [[{"subnet": "10.20%1$d.0.0/16"}]],
                        "routes": [{"dst": "0.0.0.0/0"}]}},
              {"type": "portmap", "capabilities": {"portMappings": true}}]}
            """
                .formatted(number, work, name));
    return requireNonNull(file.getParent(), "the file lies in a directory");
  }

  private Path write(String file, String content) throws IOException {
    Path path = work.resolve(file);
    Files.createDirectories(requireNonNull(path.getParent(), "below work"));
    return Files.writeString(path, content);
  }
}
