package dev.carafe.node;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.cli.Connection;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.node.host.FormerRuntime;
import dev.carafe.node.host.HostException;
import dev.carafe.node.host.HostSettings;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** The former runtime by the CRI on its own socket. */
final class CriFormerRuntime implements FormerRuntime {
  private static final Logger LOG = LogManager.getLogger(CriFormerRuntime.class);
  private static final String SCHEME = "unix://";
  private static final String UID_LABEL = "io.kubernetes.pod.uid";
  private static final long CALL_SECONDS = 60;

  private final HostSettings host;
  private final String ownUid;

  /**
   * The runtime of a host.
   *
   * @param ownUid of the pod that this process is in; empty outside of a pod
   */
  CriFormerRuntime(HostSettings host, String ownUid) {
    this.host = requireNonNull(host, "host is null");
    this.ownUid = requireNonNull(ownUid, "ownUid is null");
  }

  @Override
  public void removePods(String endpoint) throws HostException {
    if (!endpoint.startsWith(SCHEME + "/")) {
      throw new HostException(
          "the former runtime's endpoint is \"" + endpoint + "\": expected unix:///PATH");
    }
    try (Connection connection = Connection.to(host.path(endpoint.substring(SCHEME.length())))) {
      RuntimeServiceBlockingStub cri = RuntimeServiceGrpc.newBlockingStub(connection.channel());
      List<PodSandbox> pods =
          within(cri).listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
      for (PodSandbox pod : pods.stream().sorted(Comparator.comparing(this::isOwn)).toList()) {
        LOG.info("removing {} from the former runtime", pod.getMetadata().getName());
        within(cri)
            .stopPodSandbox(
                StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
        within(cri)
            .removePodSandbox(
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
      }
    } catch (StatusRuntimeException failure) {
      if (failure.getStatus().getCode() != Status.Code.UNAVAILABLE) {
        throw new HostException(
            "the former runtime at " + endpoint + ": " + failure.getMessage(), failure);
      }
      LOG.info("the former runtime at {} does not run any more", endpoint);
    }
  }

  private boolean isOwn(PodSandbox pod) {
    return ownUid.equals(pod.getLabelsMap().get(UID_LABEL));
  }

  private static RuntimeServiceBlockingStub within(RuntimeServiceBlockingStub cri) {
    return cri.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }
}
