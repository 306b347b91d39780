package dev.carafe.agent.cri;

import dev.carafe.agent.pod.PodRecord;
import dev.carafe.agent.pod.PodState;
import dev.carafe.cri.v1.LinuxPodSandboxStatus;
import dev.carafe.cri.v1.Namespace;
import dev.carafe.cri.v1.PodIP;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.PodSandboxFilter;
import dev.carafe.cri.v1.PodSandboxNetworkStatus;
import dev.carafe.cri.v1.PodSandboxState;
import dev.carafe.cri.v1.PodSandboxStatus;
import java.util.List;
import java.util.Map;

/** Pods as the CRI shows them. */
final class PodMapper {
  private PodMapper() {}

  /** A pod as a list shows it. */
  static PodSandbox summary(PodState pod) {
    PodRecord record = pod.record();
    return PodSandbox.newBuilder()
        .setId(pod.id())
        .setMetadata(record.config().getMetadata())
        .setState(state(pod))
        .setCreatedAt(record.createdAt())
        .putAllLabels(record.config().getLabelsMap())
        .putAllAnnotations(record.config().getAnnotationsMap())
        .setRuntimeHandler(record.runtimeHandler())
        .build();
  }

  /** A pod in full. */
  static PodSandboxStatus status(PodState pod) {
    PodRecord record = pod.record();
    return PodSandboxStatus.newBuilder()
        .setId(pod.id())
        .setMetadata(record.config().getMetadata())
        .setState(state(pod))
        .setCreatedAt(record.createdAt())
        .setNetwork(network(pod.ips()))
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(Namespace.newBuilder().setOptions(record.namespaces())))
        .putAllLabels(record.config().getLabelsMap())
        .putAllAnnotations(record.config().getAnnotationsMap())
        .setRuntimeHandler(record.runtimeHandler())
        .build();
  }

  /** Whether a pod passes a list's filter: id prefix, state, all the labels. */
  static boolean matches(PodState pod, PodSandboxFilter filter) {
    return pod.id().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == state(pod))
        && hasAll(pod.record().config().getLabelsMap(), filter.getLabelSelectorMap());
  }

  /** Whether every wanted label is there with its value. */
  static boolean hasAll(Map<String, String> labels, Map<String, String> wanted) {
    return wanted.isEmpty() || labels.entrySet().containsAll(wanted.entrySet());
  }

  private static PodSandboxState state(PodState pod) {
    return pod.phase() == PodState.Phase.READY
        ? PodSandboxState.SANDBOX_READY
        : PodSandboxState.SANDBOX_NOTREADY;
  }

  private static PodSandboxNetworkStatus network(List<String> ips) {
    PodSandboxNetworkStatus.Builder network = PodSandboxNetworkStatus.newBuilder();
    if (!ips.isEmpty()) {
      network.setIp(ips.getFirst());
      ips.stream().skip(1).forEach(ip -> network.addAdditionalIps(PodIP.newBuilder().setIp(ip)));
    }
    return network.build();
  }
}
