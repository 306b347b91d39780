package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.runtime.spec.Namespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a container. Network, IPC, UTS and user namespace are the pod's; the PID
 * namespace is the container's own choice.
 */
final class Namespaces {
  private static final String PID = "linux.security_context.namespace_options.pid";

  private Namespaces() {}

  /**
   * What is made and what is joined; the host's namespaces are not listed.
   *
   * @throws Failure INVALID for a PID mode that this pod can't give
   */
  static List<Namespace> of(ContainerRequest request, HostFacts host) {
    PodContext pod = request.pod();
    List<Namespace> namespaces = new ArrayList<>();
    join(namespaces, Namespace.Type.USER, pod.userns());
    join(namespaces, Namespace.Type.NETWORK, pod.netns());
    join(namespaces, Namespace.Type.IPC, pod.ipcns());
    join(namespaces, Namespace.Type.UTS, pod.utsns());
    Namespace pid = pid(request);
    if (pid != null) {
      namespaces.add(pid);
    }
    namespaces.add(new Namespace(Namespace.Type.MOUNT));
    // A privileged container manages the node, and its cgroups under their own names.
    if (!(request.security().getPrivileged() && host.unifiedCgroups())) {
      namespaces.add(new Namespace(Namespace.Type.CGROUP));
    }
    return List.copyOf(namespaces);
  }

  private static void join(List<Namespace> namespaces, Namespace.Type type, @Nullable Path pin) {
    if (pin != null) {
      namespaces.add(new Namespace(type, pin.toString()));
    }
  }

  private static @Nullable Namespace pid(ContainerRequest request) {
    NamespaceMode mode = request.security().getNamespaceOptions().getPid();
    return switch (mode) {
      case POD -> podPid(request.pod());
      case CONTAINER -> new Namespace(Namespace.Type.PID);
      case NODE -> hostPid(request.pod());
      case TARGET -> {
        if (request.targetPid() <= 0) {
          throw Failure.invalid(
              "%s: TARGET \"%s\" does not run; expected the id of a running container of pod %s in target_id"
                  .formatted(
                      PID,
                      request.security().getNamespaceOptions().getTargetId(),
                      request.pod().id()));
        }
        yield pidOf(request.targetPid());
      }
      case UNRECOGNIZED ->
          throw Failure.invalid(
              "%s: %d; expected 0 (POD), 1 (CONTAINER), 2 (NODE) or 3 (TARGET)"
                  .formatted(PID, request.security().getNamespaceOptions().getPidValue()));
    };
  }

  /** POD means the pod's choice: shared, the host's, or one each where the pod shares none. */
  private static @Nullable Namespace podPid(PodContext pod) {
    if (pod.namespaces().getPid() == NamespaceMode.NODE) {
      return hostPid(pod);
    }
    return pod.podInitPid() > 0 ? pidOf(pod.podInitPid()) : new Namespace(Namespace.Type.PID);
  }

  private static @Nullable Namespace hostPid(PodContext pod) {
    if (pod.userns() != null) {
      throw Failure.invalid(
          "%s: NODE in pod %s, which has a user namespace of its own; its processes can't be shown the host's, choose one of both"
              .formatted(PID, pod.id()));
    }
    return null;
  }

  private static Namespace pidOf(int pid) {
    return new Namespace(Namespace.Type.PID, "/proc/" + pid + "/ns/pid");
  }
}
