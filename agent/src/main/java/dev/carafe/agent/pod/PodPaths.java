package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Where everything of a pod lies, from its id alone: undoing needs no other record.
 *
 * <p>What a reboot voids lies below {@code state} (tmpfs); what must outlive it, below {@code
 * root}.
 *
 * @param id the pod's id
 * @param root the agent's root directory
 * @param state the agent's state directory
 */
public record PodPaths(String id, Path root, Path state) {
  private static final Path NETNS = Path.of("/run/netns");

  /** Checks that nothing is missing. */
  public PodPaths {
    requireNonNull(id, "id is null");
    requireNonNull(root, "root is null");
    requireNonNull(state, "state is null");
  }

  /** The folder of all durable pod records. */
  public static Path records(Path root) {
    return root.resolve("pods");
  }

  /** The folder of all pods' state directories. */
  public static Path states(Path state) {
    return state.resolve("pods");
  }

  /** The durable record: the pod's intent. */
  public Path record() {
    return records(root).resolve(id + ".json");
  }

  /** The pod's state directory, mode 0700; the shim's socket, lock and pid file lie in it. */
  public Path dir() {
    return states(state).resolve(id);
  }

  /** What of the pod's state a reboot voids: phase, addresses. */
  public Path stateRecord() {
    return dir().resolve("state.json");
  }

  /** The shim's process id, decimal. */
  public Path shimPid() {
    return dir().resolve("shim.pid");
  }

  /** The pod's resolv.conf, bound into its containers. */
  public Path resolvConf() {
    return dir().resolve("resolv.conf");
  }

  /** The pod's /etc/hostname, bound into its containers. */
  public Path hostname() {
    return dir().resolve("hostname");
  }

  /** The mount point of the pod's shared /dev/shm. */
  public Path shm() {
    return dir().resolve("shm");
  }

  /** An empty directory over which launchers attach layers in their private mount namespaces. */
  public Path scratch() {
    return dir().resolve("scratch");
  }

  /** The folder of exit records that the shim writes. */
  public Path exits() {
    return dir().resolve("exits");
  }

  /** The pin of the pod's network namespace, where CNI users look. */
  public Path netns() {
    return NETNS.resolve("carafe-" + id);
  }

  /** The pin of the pod's IPC namespace. */
  public Path ipcns() {
    return dir().resolve("ns").resolve("ipc");
  }

  /** The pin of the pod's UTS namespace. */
  public Path utsns() {
    return dir().resolve("ns").resolve("uts");
  }

  /** The pin of the pod's user namespace. */
  public Path userns() {
    return dir().resolve("ns").resolve("user");
  }
}
