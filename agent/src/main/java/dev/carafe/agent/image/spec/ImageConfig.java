package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What a container takes from its image (OCI image specification, config.md).
 *
 * @param user empty, or {@code user|uid[:group|gid]}
 * @param env {@code NAME=value} in the image's order
 * @param workingDir empty for the root
 * @param stopSignal empty for the default
 * @param volumes mount points, absolute
 * @param diffIds digests of the uncompressed layers from the bottom up
 */
public record ImageConfig(
    String user,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    String workingDir,
    Map<String, String> labels,
    String stopSignal,
    List<String> volumes,
    List<Digest> diffIds) {
  /** Largest configuration that is read, in bytes. */
  public static final int MAX_BYTES = 8 << 20;

  /** What an artifact has instead of one. */
  public static final ImageConfig NONE =
      new ImageConfig("", List.of(), List.of(), List.of(), "", Map.of(), "", List.of(), List.of());

  /** Copies the collections. */
  public ImageConfig {
    requireNonNull(user, "user is null");
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    requireNonNull(workingDir, "workingDir is null");
    labels = Map.copyOf(labels);
    requireNonNull(stopSignal, "stopSignal is null");
    volumes = List.copyOf(volumes);
    diffIds = List.copyOf(diffIds);
  }

  /**
   * Parses a configuration blob, Docker's or OCI's.
   *
   * @throws ImageException.InvalidImage also where it is for another platform than {@code platform}
   */
  public static ImageConfig parse(byte[] bytes, String what, Platform platform) {
    JsonNode root = Json.parseObject(bytes, what);
    Platform built =
        new Platform(
            Json.stringOrEmpty(root, "os", what), Json.stringOrEmpty(root, "architecture", what));
    boolean unsaid = built.os().isEmpty() && built.architecture().isEmpty();
    if (!unsaid && !built.equals(platform)) {
      throw new ImageException.InvalidImage(
          "%s is for %s, this node is %s".formatted(what, built, platform), null);
    }
    JsonNode rootfs = root.path("rootfs");
    JsonNode config = root.path("config");
    return new ImageConfig(
        Json.stringOrEmpty(config, "User", what),
        Json.strings(config, "Env", what),
        Json.strings(config, "Entrypoint", what),
        Json.strings(config, "Cmd", what),
        Json.stringOrEmpty(config, "WorkingDir", what),
        Json.stringMap(config, "Labels"),
        Json.stringOrEmpty(config, "StopSignal", what),
        Json.keys(config, "Volumes"),
        Json.strings(rootfs, "diff_ids", what).stream()
            .map(digest -> Json.digest(digest, what))
            .toList());
  }

  /**
   * The chain ids of the layers from the bottom up (OCI image specification, "Layer ChainID"): a
   * chain id names a layer together with all that lie below it.
   */
  public List<Digest> chainIds() {
    Digest[] chain = new Digest[diffIds.size()];
    for (int i = 0; i < chain.length; i++) {
      Digest diffId = diffIds.get(i);
      chain[i] =
          i == 0
              ? diffId
              : Digest.of((chain[i - 1] + " " + diffId).getBytes(StandardCharsets.UTF_8));
    }
    return List.of(chain);
  }
}
