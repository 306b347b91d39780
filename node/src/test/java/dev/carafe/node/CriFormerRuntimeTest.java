package dev.carafe.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.cri.CriServer;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.ListPodSandboxResponse;
import dev.carafe.cri.v1.PodSandbox;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.RemovePodSandboxResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.cri.v1.StopPodSandboxResponse;
import dev.carafe.node.host.HostException;
import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Mode;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a runtime that only lists, stops and removes. */
class CriFormerRuntimeTest {
  @TempDir private Path root;
  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private CriFormerRuntime former;

  @BeforeEach
  void make() {
    former =
        new CriFormerRuntime(
            new HostSettings(root, List.of(), root, null, Mode.REPLACE, "", Duration.ofSeconds(1)),
            "own");
  }

  /** Says what it is asked. */
  private final class PodsOnly extends RuntimeServiceGrpc.RuntimeServiceImplBase {
    private final boolean refuses;

    PodsOnly(boolean refuses) {
      this.refuses = refuses;
    }

    private static PodSandbox pod(String id, String uid) {
      return PodSandbox.newBuilder().setId(id).putLabels("io.kubernetes.pod.uid", uid).build();
    }

    @Override
    public void listPodSandbox(
        ListPodSandboxRequest request, StreamObserver<ListPodSandboxResponse> observer) {
      observer.onNext(
          ListPodSandboxResponse.newBuilder()
              .addItems(pod("b", "own"))
              .addItems(pod("a", "other"))
              .build());
      observer.onCompleted();
    }

    @Override
    public void stopPodSandbox(
        StopPodSandboxRequest request, StreamObserver<StopPodSandboxResponse> observer) {
      calls.add("stop " + request.getPodSandboxId());
      if (refuses) {
        observer.onError(Status.INTERNAL.withDescription("no").asRuntimeException());
        return;
      }
      observer.onNext(StopPodSandboxResponse.getDefaultInstance());
      observer.onCompleted();
    }

    @Override
    public void removePodSandbox(
        RemovePodSandboxRequest request, StreamObserver<RemovePodSandboxResponse> observer) {
      calls.add("remove " + request.getPodSandboxId());
      observer.onNext(RemovePodSandboxResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  private CriServer serve(boolean refuses) throws Exception {
    return CriServer.start(
        root.resolve("s"), List.of(new PodsOnly(refuses)), (method, unary, code, nanos) -> {});
  }

  @Test
  void ownPodIsTheLast() throws Exception {
    try (CriServer _ = serve(false)) {
      former.removePods("unix:///s");
    }
    assertThat(calls).containsExactly("stop a", "remove a", "stop b", "remove b");
  }

  @Test
  void aRefusalIsTold() throws Exception {
    try (CriServer _ = serve(true)) {
      assertThatThrownBy(() -> former.removePods("unix:///s"))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("unix:///s");
    }
    assertThatThrownBy(() -> former.removePods("tcp://x")).hasMessageContaining("unix:///PATH");
  }

  @Test
  void whoIsGoneHasNoPods() {
    assertThatCode(() -> former.removePods("unix:///gone")).doesNotThrowAnyException();
  }
}
