package dev.carafe.e2e.bench;

import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ListContainerStatsRequest;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.ListPodSandboxStatsRequest;
import dev.carafe.e2e.client.CriClient;
import java.io.IOException;
import java.util.List;

/** One round of every operation on one runtime. */
final class Block {
  private static final String SMALL_IMAGE = "gcr.io/k8s-staging-cri-tools/test-image-1:latest";
  private static final int LISTS = 100;
  private static final int STATISTICS = 11;
  private static final int PULLS = 10;

  private Block() {}

  /** Runs it with {@code count} pods. */
  static Timings run(RuntimeProcess runtime, Pods pods, String name, int count)
      throws IOException, InterruptedException {
    Timings timings = new Timings();
    List<Pods.Pod> running = pods.run(name, count, timings);
    pods.look(running, timings);
    lists(runtime.client(), timings);
    statistics(runtime.client(), STATISTICS, timings);
    pods.remove(running, timings);
    pods.assertNone();
    for (int i = 0; i < PULLS; i++) {
      pull(runtime.client(), timings);
    }
    return timings;
  }

  private static void lists(CriClient client, Timings timings) {
    ImageStatusRequest image =
        ImageStatusRequest.newBuilder()
            .setImage(ImageSpec.newBuilder().setImage(Pods.IMAGE))
            .build();
    for (int i = 0; i < LISTS; i++) {
      timings.time(
          Operation.LIST_PODS,
          () -> client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
      timings.time(
          Operation.LIST_CONTAINERS,
          () -> client.runtime().listContainers(ListContainersRequest.getDefaultInstance()));
      timings.time(
          Operation.LIST_IMAGES,
          () -> client.images().listImages(ListImagesRequest.getDefaultInstance()));
      timings.time(Operation.IMAGE_STATUS, () -> client.images().imageStatus(image));
    }
  }

  /** Statistics of everything that runs, {@code times} times. */
  static void statistics(CriClient client, int times, Timings timings) {
    for (int i = 0; i < times; i++) {
      timings.time(
          Operation.LIST_CONTAINER_STATS,
          () ->
              client.runtime().listContainerStats(ListContainerStatsRequest.getDefaultInstance()));
      timings.time(
          Operation.LIST_POD_STATS,
          () ->
              client
                  .runtime()
                  .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()));
    }
  }

  private static void pull(CriClient client, Timings timings) {
    timings.time(
        Operation.PULL,
        () -> {
          Pods.pull(client, SMALL_IMAGE);
          return client;
        });
    timings.time(
        Operation.REMOVE_IMAGE,
        () -> {
          Pods.removeImage(client, SMALL_IMAGE);
          return client;
        });
  }
}
