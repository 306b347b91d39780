package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.record.ProtoJson;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Pods on disk: the durable intent below the root directory, and what a reboot voids in the pod's
 * state directory. Thread-safe, as long as one pod is written by one thread at a time.
 */
public final class PodStore {
  private static final Logger LOG = LogManager.getLogger(PodStore.class);

  private final Path root;
  private final Path state;
  private final ObjectMapper json = new ObjectMapper();

  /** Pods below these two directories, which exist. */
  public PodStore(Path root, Path state) {
    this.root = requireNonNull(root, "root is null");
    this.state = requireNonNull(state, "state is null");
  }

  /** Where a pod's things lie. */
  public PodPaths paths(String id) {
    return new PodPaths(id, root, state);
  }

  /**
   * Writes the intent; on return it outlives a power failure (one fsync of a file and its folder).
   */
  public void writeIntent(PodRecord record) throws IOException {
    ObjectNode node = json.createObjectNode();
    node.put("id", record.id());
    node.put("runtimeHandler", record.runtimeHandler());
    node.put("createdAt", record.createdAt());
    node.put("bootId", record.bootId());
    node.set("config", ProtoJson.toTree(record.config(), json));
    DurableFile.write(paths(record.id()).record(), json.writeValueAsBytes(node));
  }

  /** Commits what the present boot knows of a pod: phase, addresses. Atomic, not fsynced. */
  public void writeState(PodState pod) throws IOException {
    ObjectNode node = json.createObjectNode();
    node.put("phase", pod.phase().name());
    node.put("reason", pod.reason());
    node.put("initPid", pod.initPid());
    pod.ips().forEach(node.putArray("ips")::add);
    DurableFile.replace(paths(pod.id()).stateRecord(), json.writeValueAsBytes(node));
  }

  /** Removes the intent: the last step of a removal or of an undone creation. */
  public void delete(String id) throws IOException {
    Files.deleteIfExists(paths(id).record());
  }

  /**
   * Every pod with a readable intent, with its state as last committed; an unreadable record is
   * logged and left.
   */
  public List<PodState> load(String bootId) throws IOException {
    List<PodState> pods = new ArrayList<>();
    try (var files = Files.newDirectoryStream(PodPaths.records(root), "*.json")) {
      for (Path file : files) {
        try {
          pods.add(readState(readRecord(file), bootId));
        } catch (IOException | RuntimeException unreadable) {
          LOG.error("cannot read the pod record {}; it is left alone", file, unreadable);
        }
      }
    }
    return pods;
  }

  private PodRecord readRecord(Path file) throws IOException {
    JsonNode node = json.readTree(file.toFile());
    PodSandboxConfig config =
        ProtoJson.merge(node.required("config"), PodSandboxConfig.newBuilder()).build();
    return new PodRecord(
        node.required("id").asText(),
        config,
        node.required("runtimeHandler").asText(),
        node.required("createdAt").asLong(),
        node.required("bootId").asText());
  }

  private PodState readState(PodRecord record, String bootId) throws IOException {
    if (!record.bootId().equals(bootId)) {
      return PodState.creating(record).notReady("the node was rebooted");
    }
    try {
      JsonNode node = json.readTree(Files.readAllBytes(paths(record.id()).stateRecord()));
      List<String> ips = new ArrayList<>();
      node.required("ips").forEach(ip -> ips.add(ip.asText()));
      return new PodState(
          record,
          PodState.Phase.valueOf(node.required("phase").asText()),
          ips,
          node.required("initPid").asInt(),
          node.required("reason").asText());
    } catch (NoSuchFileException neverCommitted) {
      return PodState.creating(record);
    }
  }
}
