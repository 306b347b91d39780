package dev.carafe.agent.checkpoint;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.container.CheckpointFiles;
import dev.carafe.agent.container.Container;
import dev.carafe.agent.container.ContainerRecord;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.record.ProtoJson;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.runtime.state.DurableFile;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The folder of a pod's checkpoint: a directory for each container, and pod.json, which is written
 * last and says which there are.
 *
 * @param containers what was saved, by the containers' names
 */
record PodCheckpoint(Map<String, Saved> containers) {
  private static final Logger LOG = LogManager.getLogger(PodCheckpoint.class);
  private static final String MANIFEST = "pod.json";
  private static final String CONTAINERS = "containers";
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One saved container.
   *
   * @param config as it was created with
   * @param imageId its image's id
   * @param files where it lies
   */
  record Saved(ContainerConfig config, String imageId, CheckpointFiles files) {
    Saved {
      requireNonNull(config, "config is null");
      requireNonNull(imageId, "imageId is null");
      requireNonNull(files, "files is null");
    }
  }

  PodCheckpoint {
    containers = Map.copyOf(containers);
  }

  /** Where the container of this name is saved. */
  static Path place(Path directory, String name) {
    return directory
        .resolve(CONTAINERS)
        .resolve("c-" + URLEncoder.encode(name, StandardCharsets.UTF_8));
  }

  /** Says what is there; until then the folder is no checkpoint. */
  static void write(Path directory, Collection<Container> containers) throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("version", VERSION);
    for (Container container : containers) {
      ContainerRecord record = container.state().record();
      ObjectNode saved = manifest.withArray(CONTAINERS).addObject();
      saved.put("imageId", record.imageId());
      saved.set("config", ProtoJson.toTree(record.config(), JSON));
    }
    DurableFile.replace(directory.resolve(MANIFEST), JSON.writeValueAsBytes(manifest));
  }

  /**
   * Reads what is there.
   *
   * @throws Failure of kind INVALID when it is no checkpoint of a pod
   */
  static PodCheckpoint read(Path directory) {
    try {
      JsonNode manifest = JSON.readTree(directory.resolve(MANIFEST).toFile());
      if (manifest.path("version").asInt() != VERSION) {
        throw Failure.invalid(
            "checkpoint_path: %s is of version %s; expected %d"
                .formatted(directory, manifest.path("version"), VERSION));
      }
      Map<String, Saved> containers = new LinkedHashMap<>();
      for (JsonNode saved : manifest.required(CONTAINERS)) {
        ContainerConfig config =
            ProtoJson.merge(saved.required("config"), ContainerConfig.newBuilder()).build();
        String name = config.getMetadata().getName();
        containers.put(
            name,
            new Saved(
                config,
                saved.required("imageId").asText(),
                new CheckpointFiles(place(directory, name))));
      }
      return new PodCheckpoint(containers);
    } catch (IOException | IllegalArgumentException wrong) {
      throw Failure.invalid(
          "checkpoint_path: %s is no checkpoint of a pod: %s".formatted(directory, wrong), wrong);
    }
  }

  /** Removes what there is of an unfinished one; the folder is its owner's. */
  static void discard(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(MANIFEST));
      Trees.delete(directory.resolve(CONTAINERS));
    } catch (IOException stuck) {
      LOG.error("cannot remove the unfinished checkpoint in {}", directory, stuck);
    }
  }
}
