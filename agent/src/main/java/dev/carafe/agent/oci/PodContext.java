package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.UserNamespace;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a container takes from its running pod.
 *
 * @param id the pod's id
 * @param config the client's configuration
 * @param resolvConf file bound on /etc/resolv.conf
 * @param hostname file bound on /etc/hostname
 * @param shm mount point of the pod's /dev/shm; unused in the host's IPC namespace
 * @param netns pin of the network namespace; null for the host's
 * @param ipcns pin of the IPC namespace; null for the host's
 * @param utsns pin of the UTS namespace; null for the host's
 * @param userns pin of the user namespace; null for the host's
 * @param withoutHostDevices whether privileged containers get no devices of the host
 * @param podInitPid host pid of the pod's init; 0 when the pod shares no PID namespace
 */
public record PodContext(
    String id,
    PodSandboxConfig config,
    Path resolvConf,
    Path hostname,
    Path shm,
    @Nullable Path netns,
    @Nullable Path ipcns,
    @Nullable Path utsns,
    @Nullable Path userns,
    boolean withoutHostDevices,
    int podInitPid) {
  /** Checks that nothing is missing. */
  public PodContext {
    requireNonNull(id, "id");
    requireNonNull(config, "config");
    requireNonNull(resolvConf, "resolvConf");
    requireNonNull(hostname, "hostname");
    requireNonNull(shm, "shm");
  }

  /** The namespaces that the pod's configuration asks for. */
  NamespaceOption namespaces() {
    return config.getLinux().getSecurityContext().getNamespaceOptions();
  }

  /** Whether the pod lives in the host's IPC namespace. */
  boolean hostIpc() {
    return namespaces().getIpc() == NamespaceMode.NODE;
  }

  /** The id ranges of the pod's user namespace. */
  UserNamespace userNamespace() {
    return namespaces().getUsernsOptions();
  }
}
