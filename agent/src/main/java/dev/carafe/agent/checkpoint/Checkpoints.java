package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.container.CheckpointFiles;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerCriu;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** CheckpointContainer and CheckpointPod. Thread-safe. */
public final class Checkpoints {
  /** How long a container may stand still for a caller that does not say. */
  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(60);

  private final PodManager pods;
  private final ContainerManager containers;
  private final ContainerCriu criu;
  private final Capture capture;

  /** Checkpoints of these. */
  public Checkpoints(PodManager pods, ContainerManager containers, ContainerCriu criu) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.criu = requireNonNull(criu, "criu is null");
    this.capture = new Capture(criu);
  }

  /**
   * Writes the archive of one running container, which runs on.
   *
   * @param limit how long it may stand still; zero for the runtime's choice
   */
  public void container(String id, String location, Duration limit) throws InterruptedException {
    Container container = containers.requireRunning(id, "checkpoint");
    Path archive = CheckpointRules.location(location);
    criu.require();
    Pod pod = pods.require(container.state().record().podId());
    CheckpointFiles staging = CheckpointFiles.staging(container.paths());
    pod.lock().lock();
    try {
      containers.requireRunning(id, "checkpoint");
      capture.save(pod, Map.of(container, staging.dir()), limit.isZero() ? DEFAULT_LIMIT : limit);
      CheckpointArchive.write(staging, archive);
    } catch (IOException failure) {
      throw Failure.internal(
          "cannot write the checkpoint %s: %s".formatted(archive, failure), failure);
    } finally {
      pod.lock().unlock();
      discard(staging.dir());
    }
  }

  private static void discard(Path staging) {
    try {
      Trees.delete(staging);
    } catch (IOException stuck) {
      throw Failure.internal("cannot remove %s: %s".formatted(staging, stuck), stuck);
    }
  }

  /**
   * Saves all running containers of a pod as of one moment; they run on.
   *
   * @param limit how long they may stand still
   */
  public void pod(String podId, List<String> ids, String output, Duration limit)
      throws InterruptedException {
    Pod pod = pods.require(podId);
    pod.requireShim();
    CheckpointRules.selection(ids, running(pod));
    Path directory = CheckpointRules.output(output);
    criu.require();
    pod.lock().lock();
    try {
      CheckpointRules.selection(ids, running(pod));
      Map<Container, Path> into = new LinkedHashMap<>();
      for (String id : ids) {
        Container container = containers.require(id);
        into.put(container, PodCheckpoint.place(directory, name(container)));
      }
      boolean whole = false;
      try {
        capture.save(pod, into, limit);
        PodCheckpoint.write(directory, into.keySet());
        whole = true;
      } catch (IOException failure) {
        throw Failure.internal(
            "cannot write the checkpoint %s: %s".formatted(directory, failure), failure);
      } finally {
        if (!whole) {
          PodCheckpoint.discard(directory);
        }
      }
    } finally {
      pod.lock().unlock();
    }
  }

  private static String name(Container container) {
    return container.state().record().config().getMetadata().getName();
  }

  private List<String> running(Pod pod) {
    return containers.list().stream()
        .filter(container -> container.record().podId().equals(pod.id()))
        .filter(container -> container.phase() == ContainerState.Phase.RUNNING)
        .map(ContainerState::id)
        .toList();
  }
}
