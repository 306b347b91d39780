package dev.carafe.e2e.harness;

import static java.util.Objects.requireNonNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Names and places of one test agent, all its own: nothing of them meets another agent's.
 *
 * @param dir holds everything below
 * @param tag unique on this machine, at most 8 characters
 * @param subnet the first three numbers of a /24 network
 */
public record NodeSettings(Path dir, String tag, String subnet) {
  private static final AtomicInteger COUNT = new AtomicInteger();

  /** Checks that nothing is missing. */
  public NodeSettings {
    requireNonNull(dir, "dir is null");
    requireNonNull(tag, "tag is null");
    requireNonNull(subnet, "subnet is null");
  }

  /** Settings in {@code dir}; the bridge's name and subnet are ones that nobody has. */
  public static NodeSettings in(Path dir) {
    int number = COUNT.incrementAndGet();
    while (true) {
      long seed = ProcessHandle.current().pid() * 31 + number;
      String tag = Long.toHexString(seed & 0xffffff) + Integer.toHexString(number & 0xff);
      if (!Files.exists(Path.of("/sys/class/net/cfe" + tag))) {
        return new NodeSettings(dir, tag, "10." + (64 + (seed >> 8) % 64) + "." + seed % 256);
      }
      number = COUNT.incrementAndGet();
    }
  }

  /** {@code root} of the configuration. */
  public Path root() {
    return dir.resolve("root");
  }

  /** {@code state} of the configuration. */
  public Path state() {
    return dir.resolve("state");
  }

  /** Where the CRI is served. */
  public Path socket() {
    return dir.resolve("cri.sock");
  }

  /** The configuration's file. */
  public Path config() {
    return dir.resolve("carafe.toml");
  }

  /** Mirrors of registries. */
  public Path certs() {
    return dir.resolve("certs.d");
  }

  /** CNI configurations. */
  public Path cniConf() {
    return dir.resolve("cni/net.d");
  }

  /** CNI plugins of the test's own. */
  public Path cniBin() {
    return dir.resolve("cni/bin");
  }

  /** CDI files. */
  public Path cdi() {
    return dir.resolve("cdi");
  }

  /** Leases of host-local. */
  public Path leases() {
    return dir.resolve("cni/leases");
  }

  /** Logs of pods. */
  public Path logs() {
    return dir.resolve("logs");
  }

  /** The bridge of the pods. */
  public String bridge() {
    return "cfe" + tag;
  }

  /** The cgroup above all pods of this agent. */
  public String cgroupParent() {
    return "/carafe-e2e-" + tag;
  }

  /** {@code carafe.toml}. */
  String toml(Path resctrl, String whenMissing) {
    return """
    root = "%s"
    state = "%s"
    [api]
    listen = "unix://%s"
    [runtime]
    cgroup_driver = "cgroupfs"
    cgroup_parent = "%s"
    cdi_spec_dirs = ["%s"]
    [runtime.handlers.no-host-devices]
    privileged_without_host_devices = true
    [image]
    hosts_dir = "%s"
    [network]
    conf_dir = "%s"
    bin_dirs = ["%s", "/opt/cni/bin", "/usr/lib/cni"]
    [rdt]
    mount = "never"
    resctrl_root = "%s"
    when_missing = "%s"
    """
        .formatted(
            root(),
            state(),
            socket(),
            cgroupParent(),
            cdi(),
            certs(),
            cniConf(),
            cniBin(),
            resctrl,
            whenMissing);
  }

  /** A bridge with host-local addresses. */
  String conflist() {
    return """
    {"cniVersion":"1.0.0","name":"e2e-%s","plugins":[{"type":"bridge","bridge":"%s",
    "isGateway":true,"ipMasq":false,"ipam":{"type":"host-local","dataDir":"%s",
    "ranges":[[{"subnet":"%s.0/24"}]]}}]}
    """
        .formatted(tag, bridge(), leases(), subnet);
  }
}
