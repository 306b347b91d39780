package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.container.ContainerState.Exit;
import dev.carafe.agent.oci.EffectiveUser;
import dev.carafe.agent.oci.StopSignal;
import dev.carafe.agent.record.ProtoJson;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.Signal;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Containers on disk. Thread-safe, as long as one container is written by one thread at a time. */
public final class ContainerStore {
  private static final Logger LOG = LogManager.getLogger(ContainerStore.class);

  private final Path root;
  private final ObjectMapper json = new ObjectMapper();

  /** Containers below this root directory, which exists. */
  public ContainerStore(Path root) {
    this.root = requireNonNull(root, "root is null");
  }

  /** Where a container's things lie. */
  public ContainerPaths paths(String id) {
    return new ContainerPaths(id, root);
  }

  /** Writes the intent; on return it outlives a power failure. */
  public void writeIntent(ContainerRecord record) throws IOException {
    DurableFile.write(paths(record.id()).record(), json.writeValueAsBytes(toTree(record)));
  }

  /** Writes how the container ended; atomic, not fsynced. */
  public void writeExit(ContainerState state) throws IOException {
    ObjectNode node = json.createObjectNode();
    node.put("startedAt", state.startedAt());
    node.put("finishedAt", state.exit().finishedAt());
    node.put("code", state.exit().code());
    node.put("reason", state.exit().reason());
    node.put("message", state.exit().message());
    DurableFile.replace(paths(state.id()).exit(), json.writeValueAsBytes(node));
  }

  /** Removes the intent: the last step of a removal or of an undone creation. */
  public void delete(String id) throws IOException {
    Files.deleteIfExists(paths(id).record());
  }

  /**
   * Every container with a readable intent: EXITED where its exit is on disk, else CREATED (whether
   * it runs is for its shim to say). An unreadable record is logged and left.
   */
  public List<ContainerState> load() throws IOException {
    List<ContainerState> containers = new ArrayList<>();
    try (var files = Files.newDirectoryStream(ContainerPaths.all(root), "*.json")) {
      for (Path file : files) {
        try {
          containers.add(readState(readRecord(file)));
        } catch (IOException | RuntimeException unreadable) {
          LOG.error("cannot read the container record {}; it is left alone", file, unreadable);
        }
      }
    }
    return containers;
  }

  private ObjectNode toTree(ContainerRecord record) {
    ObjectNode node = json.createObjectNode();
    node.put("id", record.id());
    node.put("podId", record.podId());
    node.put("digest", record.digest());
    node.put("imageId", record.imageId());
    record.volumeImageIds().forEach(node.putArray("volumeImageIds")::add);
    node.put("imageName", record.imageName());
    node.put("imageRef", record.imageRef());
    node.put("createdAt", record.createdAt());
    node.put("bootId", record.bootId());
    node.put("logPath", record.logPath());
    node.put("cgroupPath", record.cgroupPath());
    ObjectNode user = node.putObject("user");
    user.put("uid", record.user().uid());
    user.put("gid", record.user().gid());
    user.put("home", record.user().home());
    ArrayNode groups = user.putArray("groups");
    record.user().groups().forEach(groups::add);
    node.put("stopSignal", record.stopSignal().cri().name());
    node.put("stopSignalNumber", record.stopSignal().number());
    node.put("privileged", record.privileged());
    node.set("config", ProtoJson.toTree(record.config(), json));
    return node;
  }

  private ContainerRecord readRecord(Path file) throws IOException {
    JsonNode node = json.readTree(file.toFile());
    JsonNode user = node.required("user");
    List<Long> groups = new ArrayList<>();
    user.required("groups").forEach(group -> groups.add(group.asLong()));
    List<String> volumeImageIds = new ArrayList<>();
    node.path("volumeImageIds").forEach(id -> volumeImageIds.add(id.asText()));
    return new ContainerRecord(
        node.required("id").asText(),
        node.required("podId").asText(),
        ProtoJson.merge(node.required("config"), ContainerConfig.newBuilder()).build(),
        node.required("digest").asText(),
        node.required("imageId").asText(),
        volumeImageIds,
        node.required("imageName").asText(),
        node.required("imageRef").asText(),
        node.required("createdAt").asLong(),
        node.required("bootId").asText(),
        node.required("logPath").asText(),
        node.required("cgroupPath").asText(),
        new EffectiveUser(
            user.required("uid").asLong(),
            user.required("gid").asLong(),
            groups,
            user.required("home").asText()),
        new StopSignal(
            Signal.valueOf(node.required("stopSignal").asText()),
            node.required("stopSignalNumber").asInt()),
        node.required("privileged").asBoolean());
  }

  private ContainerState readState(ContainerRecord record) throws IOException {
    ContainerState created = ContainerState.creating(record).created();
    try {
      JsonNode node = json.readTree(Files.readAllBytes(paths(record.id()).exit()));
      Exit exit =
          new Exit(
              node.required("finishedAt").asLong(),
              node.required("code").asInt(),
              node.required("reason").asText(),
              node.required("message").asText());
      return created.running(0, node.required("startedAt").asLong()).exited(exit);
    } catch (NoSuchFileException notEnded) {
      return created;
    }
  }
}
