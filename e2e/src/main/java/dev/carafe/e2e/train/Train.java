package dev.carafe.e2e.train;

import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ImageFsInfoRequest;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ListContainerStatsRequest;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.ListPodSandboxStatsRequest;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.StatusRequest;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.e2e.client.BusyboxImage;
import dev.carafe.e2e.client.CgroupTree;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A client that asks carafed for what a node asks it all day, so that the AOT cache made at its end
 * holds the classes of all of it. Its pod is in the host's network, for a build has no CNI.
 */
public final class Train {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ROUNDS = 3;
  private static final String IMAGE = "localhost/carafe/train:latest";
  private static final String USAGE =
      "usage: Train image FILE | Train calls unix:///SOCKET LOG_DIRECTORY CGROUP";

  private Train() {}

  /** {@code image FILE} writes the image, {@code calls} makes the calls once it is imported. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 2 && args[0].equals("image")) {
      BusyboxImage.write(Path.of(args[1]), IMAGE);
    } else if (args.length == 4 && args[0].equals("calls")) {
      Path socket = Path.of(args[1].substring("unix://".length()));
      try (CriClient client = CriClient.of(socket, PATIENCE)) {
        call(client, Path.of(args[2]), args[3]);
      } finally {
        CgroupTree.remove(args[3]);
      }
    } else {
      System.err.println(USAGE);
      System.exit(2);
    }
  }

  private static void call(CriClient client, Path logs, String cgroup)
      throws IOException, InterruptedException {
    client.awaitVersion(PATIENCE);
    client.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
    client.images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
    client.images().listImages(ListImagesRequest.getDefaultInstance());
    client
        .images()
        .imageStatus(
            ImageStatusRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(IMAGE))
                .build());
    for (int round = 0; round < ROUNDS; round++) {
      pod(client, Files.createDirectories(logs.resolve("pod" + round)), cgroup);
    }
  }

  private static void pod(CriClient client, Path logs, String cgroup) {
    PodSandboxConfig.Builder config = Workload.pod("train", logs, cgroup).clearHostname();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setNamespaceOptions(
            NamespaceOption.newBuilder()
                .setNetwork(NamespaceMode.NODE)
                .setPid(NamespaceMode.CONTAINER));
    Workload pod = Workload.run(client, config.build());
    try {
      String id = pod.create(Workload.container("sleep", IMAGE, List.of("sleep", "1000")).build());
      pod.start(id);
      pod.status();
      pod.status(id);
      pod.exec(id, List.of("true"));
      lists(client, id);
      client.runtime().stopContainer(StopContainerRequest.newBuilder().setContainerId(id).build());
    } finally {
      pod.remove();
    }
  }

  private static void lists(CriClient client, String id) {
    client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
    client.runtime().listContainers(ListContainersRequest.getDefaultInstance());
    maybe(() ->
        client
            .runtime()
            .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build()));
    maybe(
        () -> client.runtime().listContainerStats(ListContainerStatsRequest.getDefaultInstance()));
    maybe(() ->
        client.runtime().listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()));
  }

  /** A call that this build may not have yet. */
  private static void maybe(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException refused) {
      if (refused.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw refused;
      }
    }
  }
}
