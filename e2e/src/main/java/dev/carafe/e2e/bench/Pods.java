package dev.carafe.e2e.bench;

import static java.util.Objects.requireNonNull;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ListContainersRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RemoveContainerRequest;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.cri.v1.RemovePodSandboxRequest;
import dev.carafe.cri.v1.StopContainerRequest;
import dev.carafe.cri.v1.StopPodSandboxRequest;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Pods of one container on a runtime, made and unmade by several clients at once. */
final class Pods {
  /** Each container's image. */
  static final String IMAGE = "registry.k8s.io/e2e-test-images/busybox:1.29-2";

  // One process that sleeps and ends at SIGTERM; as process 1 it would ignore it without the trap.
  private static final List<String> COMMAND =
      List.of("sh", "-c", "trap 'exit 0' TERM; mkfifo /tmp/f; read -r x <>/tmp/f");
  private static final long STOP_GRACE_SECONDS = 10;

  /**
   * A pod with its container.
   *
   * @param workload the pod
   * @param container the container's id
   */
  record Pod(Workload workload, String container) {}

  private final RuntimeProcess runtime;
  private final Path logs;
  private final int clients;

  /** Pods on {@code runtime} that log below {@code logs}, made by {@code clients} at once. */
  Pods(RuntimeProcess runtime, Path logs, int clients) {
    this.runtime = requireNonNull(runtime, "runtime is null");
    this.logs = requireNonNull(logs, "logs is null");
    this.clients = clients;
  }

  /** Has the runtime pull an image. */
  static void pull(CriClient client, String image) {
    client
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image)).build());
  }

  /** Has the runtime forget an image. */
  static void removeImage(CriClient client, String image) {
    client
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(image))
                .build());
  }

  /** Runs pods whose names begin with {@code prefix}, each with its container. */
  List<Pod> run(String prefix, int count, Timings timings)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(logs.resolve(runtime.name()).resolve(prefix));
    return Parallel.map(count, clients, i -> runOne(prefix + "-" + i, folder, timings));
  }

  private Pod runOne(String name, Path folder, Timings timings) {
    CriClient client = runtime.client();
    PodSandboxConfig pod = Workload.pod(name, folder.resolve(name), runtime.cgroupParent()).build();
    ContainerConfig container = Workload.container("main", IMAGE, COMMAND).build();
    long begin = System.nanoTime();
    Workload workload = timings.time(Operation.RUN_POD, () -> Workload.run(client, pod));
    long ready = System.nanoTime();
    String id = timings.time(Operation.CREATE, () -> workload.create(container));
    timings.time(
        Operation.START,
        () -> {
          workload.start(id);
          return id;
        });
    long end = System.nanoTime();
    timings.add(Operation.CREATE_AND_START, (end - ready) / 1e6);
    timings.add(Operation.POD_TO_RUNNING, (end - begin) / 1e6);
    return new Pod(workload, id);
  }

  /** Asks for each pod's and container's status, and runs {@code true} in each. */
  void look(List<Pod> pods, Timings timings) throws InterruptedException {
    Parallel.map(
        pods.size(),
        clients,
        i -> {
          Pod pod = pods.get(i);
          timings.time(Operation.POD_STATUS, () -> pod.workload().status());
          timings.time(Operation.CONTAINER_STATUS, () -> pod.workload().status(pod.container()));
          return timings.time(
              Operation.EXEC, () -> pod.workload().exec(pod.container(), List.of("true")));
        });
  }

  /** Stops and removes them, container first. */
  void remove(List<Pod> pods, Timings timings) throws InterruptedException {
    Parallel.map(
        pods.size(),
        clients,
        i -> {
          removeOne(pods.get(i), timings);
          return i;
        });
  }

  private void removeOne(Pod pod, Timings timings) {
    CriClient client = runtime.client();
    StopContainerRequest stop =
        StopContainerRequest.newBuilder()
            .setContainerId(pod.container())
            .setTimeout(STOP_GRACE_SECONDS)
            .build();
    RemoveContainerRequest remove =
        RemoveContainerRequest.newBuilder().setContainerId(pod.container()).build();
    String id = pod.workload().podId();
    StopPodSandboxRequest stopPod = StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    RemovePodSandboxRequest removePod =
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    timings.time(Operation.STOP, () -> client.runtime().stopContainer(stop));
    timings.time(Operation.REMOVE, () -> client.runtime().removeContainer(remove));
    timings.time(Operation.STOP_POD, () -> client.runtime().stopPodSandbox(stopPod));
    timings.time(Operation.REMOVE_POD, () -> client.runtime().removePodSandbox(removePod));
  }

  /**
   * Nothing of ours may be left on the runtime.
   *
   * @throws IllegalStateException when something is
   */
  void assertNone() {
    int pods =
        runtime
            .client()
            .runtime()
            .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
            .getItemsCount();
    int containers =
        runtime
            .client()
            .runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersCount();
    if (pods + containers > 0) {
      throw new IllegalStateException(
          "%s still lists %d pods and %d containers".formatted(runtime.name(), pods, containers));
    }
  }
}
