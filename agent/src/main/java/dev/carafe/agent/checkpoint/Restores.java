package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.agent.container.CheckpointFiles;
import dev.carafe.agent.container.ContainerCriu;
import dev.carafe.agent.container.ContainerManager;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.name.Caller;
import dev.carafe.agent.pod.PodManager;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** RestorePod, and CreateContainer from an archive. Thread-safe. */
public final class Restores {
  private static final Logger LOG = LogManager.getLogger(Restores.class);

  private final PodManager pods;
  private final ContainerManager containers;
  private final ContainerCriu criu;

  /** Restores into these. */
  public Restores(PodManager pods, ContainerManager containers, ContainerCriu criu) {
    this.pods = requireNonNull(pods, "pods is null");
    this.containers = requireNonNull(containers, "containers is null");
    this.criu = requireNonNull(criu, "criu is null");
  }

  /**
   * A restored pod, whose containers are created.
   *
   * @param id of the pod
   * @param containers ids by name, in the request's order
   */
  public record RestoredPod(String id, Map<String, String> containers) {}

  /**
   * Makes a pod and the containers of a checkpoint; they go on when they are started. On any
   * failure nothing of it is left.
   *
   * @param configs not none, each name once
   * @param gone whether the caller no longer waits
   */
  public RestoredPod pod(
      Path checkpoint,
      PodSandboxConfig config,
      String handler,
      List<ContainerConfig> configs,
      BooleanSupplier gone)
      throws InterruptedException {
    PodCheckpoint saved = PodCheckpoint.read(checkpoint);
    List<String> names = configs.stream().map(one -> one.getMetadata().getName()).toList();
    if (!saved.containers().keySet().equals(java.util.Set.copyOf(names))) {
      throw Failure.invalid(
          "container_configs: %s; expected those of the checkpoint: %s"
              .formatted(names, new TreeSet<>(saved.containers().keySet())));
    }
    for (ContainerConfig one : configs) {
      Expectations.check(one, saved(saved, one).config());
    }
    criu.require();
    String pod = pods.run(config, handler, Caller.PATIENT);
    boolean whole = false;
    try {
      Map<String, String> ids = new LinkedHashMap<>();
      for (ContainerConfig one : configs) {
        ids.put(one.getMetadata().getName(), create(pod, one, saved(saved, one)));
        if (gone.getAsBoolean()) {
          throw Failure.deadline("pod %s was not restored in time; it is removed".formatted(pod));
        }
      }
      whole = true;
      return new RestoredPod(pod, ids);
    } finally {
      if (!whole) {
        remove(pod);
      }
    }
  }

  private static PodCheckpoint.Saved saved(PodCheckpoint checkpoint, ContainerConfig config) {
    return requireNonNull(
        checkpoint.containers().get(config.getMetadata().getName()), "names are equal");
  }

  private String create(String pod, ContainerConfig config, PodCheckpoint.Saved saved) {
    String id = containers.create(pod, config, Caller.PATIENT, saved.files());
    String image = containers.require(id).state().record().imageId();
    if (!image.equals(saved.imageId())) {
      throw Failure.wrongState(
          "container_configs: %s: image %s; the checkpoint was made from %s"
              .formatted(config.getMetadata().getName(), image, saved.imageId()));
    }
    return id;
  }

  private void remove(String pod) {
    try {
      pods.remove(pod);
    } catch (RuntimeException stuck) {
      LOG.error("cannot remove pod {}, whose restore failed", pod, stuck);
    }
  }

  /** Whether a configuration names an archive in its image's place, as CRI-O's clients do. */
  public static boolean isArchive(ContainerConfig config) {
    String image = config.getImage().getImage();
    return image.startsWith("/") && Files.isRegularFile(Path.of(image));
  }

  /** Creates a container from an archive that {@link Checkpoints#container} wrote. */
  public String container(String pod, ContainerConfig config, Caller caller)
      throws InterruptedException {
    Path archive = Path.of(config.getImage().getImage());
    criu.require();
    Path staging = null;
    try {
      staging = Files.createTempDirectory("carafe-checkpoint-");
      CheckpointFiles files = CheckpointArchive.extract(archive, staging);
      String image =
          new ObjectMapper().readTree(files.configDump().toFile()).path("rootfsImageName").asText();
      ContainerConfig.Builder changed = config.toBuilder();
      changed.getImageBuilder().setImage(image);
      return containers.create(pod, changed.build(), caller, files);
    } catch (IOException wrong) {
      throw Failure.invalid(
          "config.image.image: %s is no checkpoint of a container: %s"
              .formatted(archive, wrong.getMessage()),
          wrong);
    } finally {
      if (staging != null) {
        discard(staging);
      }
    }
  }

  private static void discard(Path staging) {
    try {
      Trees.delete(staging);
    } catch (IOException stuck) {
      LOG.error("cannot remove {}", staging, stuck);
    }
  }
}
