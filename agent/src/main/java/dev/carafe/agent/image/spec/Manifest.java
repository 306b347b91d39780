package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a registry's manifest endpoint answers: one image, or an index of several. */
public sealed interface Manifest {
  /** Media types Carafe asks for, best first. */
  List<String> MEDIA_TYPES =
      List.of(
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json",
          "application/vnd.docker.distribution.manifest.v2+json");

  /** Largest manifest that is read, in bytes (the distribution specification's own advice). */
  int MAX_BYTES = 4 << 20;

  /** OCI index or Docker manifest list. */
  record Index(List<Descriptor> manifests) implements Manifest {
    /** Copies. */
    public Index {
      manifests = List.copyOf(manifests);
    }

    /**
     * The variant for a platform: the first that says so, else a single one that says nothing.
     *
     * @throws ImageException.InvalidImage listing what there is
     */
    public Descriptor select(Platform platform, String what) {
      for (Descriptor manifest : manifests) {
        if (platform.equals(manifest.platform())) {
          return manifest;
        }
      }
      List<Descriptor> unsaid = manifests.stream().filter(m -> m.platform() == null).toList();
      if (unsaid.size() == 1) {
        return unsaid.getFirst();
      }
      throw new ImageException.InvalidImage(
          "%s has no variant for %s; it has %s"
              .formatted(what, platform, manifests.stream().map(Descriptor::platform).toList()),
          null);
    }
  }

  /**
   * One image: its configuration, and its layers from the bottom up. Or an artifact (OCI image
   * specification, manifest.md "Guidelines for Artifact Usage"): anything else in the same form.
   *
   * @param statedType {@code artifactType}, empty where the manifest has none
   */
  record Image(Descriptor config, List<Descriptor> layers, String statedType) implements Manifest {
    private static final Set<String> CONFIGURATIONS =
        Set.of(
            "",
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json");

    /** Copies. */
    public Image {
      requireNonNull(config, "config is null");
      requireNonNull(statedType, "statedType is null");
      layers = List.copyOf(layers);
    }

    /** An image. */
    public Image(Descriptor config, List<Descriptor> layers) {
      this(config, layers, "");
    }

    /** Whether the configuration is none of an image, so that no container can run on it. */
    public boolean isArtifact() {
      return !CONFIGURATIONS.contains(config.mediaType());
    }

    /** What an artifact says that it is; empty for an image. */
    public String artifactType() {
      return !isArtifact() ? "" : statedType.isEmpty() ? config.mediaType() : statedType;
    }
  }

  /** Parses either; {@code what} names it in errors. */
  static Manifest parse(byte[] bytes, String what) {
    JsonNode root = Json.parseObject(bytes, what);
    if (root.path("schemaVersion").asInt(0) != 2) {
      throw new ImageException.InvalidImage(
          "%s has schemaVersion %s: only 2 is supported; push it again with a current tool"
              .formatted(what, root.path("schemaVersion").asText("missing")),
          null);
    }
    boolean isIndex = root.has("manifests");
    if (isIndex == root.has("layers")) {
      throw new ImageException.InvalidImage(
          what + " must have either manifests or config and layers", null);
    }
    if (isIndex) {
      return new Index(descriptors(root, "manifests", what));
    }
    JsonNode config = root.path("config");
    return new Image(
        descriptor(config, what + " config"),
        descriptors(root, "layers", what),
        Json.stringOrEmpty(root, "artifactType", what));
  }

  private static List<Descriptor> descriptors(JsonNode root, String key, String what) {
    return Json.items(root, key, what).stream().map(d -> descriptor(d, what + " " + key)).toList();
  }

  private static Descriptor descriptor(JsonNode node, String what) {
    String digest = Json.string(node, "digest", what);
    if (digest == null || !node.path("size").isIntegralNumber()) {
      throw new ImageException.InvalidImage(what + " lacks digest or size", null);
    }
    return new Descriptor(
        Json.stringOrEmpty(node, "mediaType", what),
        Json.digest(digest, what),
        node.path("size").longValue(),
        platform(node.path("platform"), what),
        Json.stringMap(node, "annotations"));
  }

  private static @Nullable Platform platform(JsonNode node, String what) {
    if (!node.isObject()) {
      return null;
    }
    return new Platform(
        Json.stringOrEmpty(node, "os", what), Json.stringOrEmpty(node, "architecture", what));
  }
}
