package dev.carafe.agent.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An image built in memory: its blobs by digest, and archives of them. */
public record TestImage(Digest config, Digest manifest, Map<Digest, byte[]> blobs, String user) {
  private static final String OCI = "application/vnd.oci.image.";

  /** An image for linux/amd64. */
  public static TestImage of(String user, TestLayer... layers) {
    Map<Digest, byte[]> blobs = new LinkedHashMap<>();
    List<Object> descriptors = new java.util.ArrayList<>();
    for (TestLayer layer : layers) {
      descriptors.add(put(blobs, OCI + "layer.v1.tar", layer.blob()));
    }
    byte[] config =
        json(
            Map.of(
                "os",
                "linux",
                "architecture",
                "amd64",
                "config",
                Map.of("User", user, "Env", List.of("A=b"), "Cmd", List.of("/bin/sh")),
                "rootfs",
                Map.of(
                    "type",
                    "layers",
                    "diff_ids",
                    List.of(layers).stream().map(l -> l.diffId().toString()).toList())));
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", OCI + "manifest.v1+json");
    manifest.put("config", put(blobs, OCI + "config.v1+json", config));
    manifest.put("layers", descriptors);
    byte[] bytes = json(manifest);
    put(blobs, OCI + "manifest.v1+json", bytes);
    return new TestImage(Digest.of(config), Digest.of(bytes), blobs, user);
  }

  /** A blob of an artifact. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Part(String mediaType, Map<String, String> annotations, byte[] content) {}

  /** An artifact with the empty configuration. */
  public static TestImage artifact(String type, Part... parts) {
    Map<Digest, byte[]> blobs = new LinkedHashMap<>();
    List<Object> descriptors = new java.util.ArrayList<>();
    for (Part part : parts) {
      Map<String, Object> descriptor =
          new LinkedHashMap<>(put(blobs, part.mediaType(), part.content()));
      descriptor.put("annotations", part.annotations());
      descriptors.add(descriptor);
    }
    byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", OCI + "manifest.v1+json");
    manifest.put("artifactType", type);
    manifest.put("config", put(blobs, "application/vnd.oci.empty.v1+json", config));
    manifest.put("layers", descriptors);
    byte[] bytes = json(manifest);
    put(blobs, OCI + "manifest.v1+json", bytes);
    return new TestImage(Digest.of(config), Digest.of(bytes), blobs, "");
  }

  private static Map<String, Object> put(
      Map<Digest, byte[]> blobs, String mediaType, byte[] content) {
    blobs.put(Digest.of(content), content);
    return Map.of(
        "mediaType", mediaType, "digest", Digest.of(content).toString(), "size", content.length);
  }

  /** JSON bytes of a value. */
  public static byte[] json(Object value) {
    try {
      return Json.MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same image behind an index that has a variant for another platform in front. */
  public TestImage indexed() {
    Map<Digest, byte[]> all = new LinkedHashMap<>(blobs);
    byte[] index =
        json(
            Map.of(
                "schemaVersion",
                2,
                "manifests",
                List.of(variant(Digest.of(new byte[] {1}), "arm64"), variant(manifest, "amd64"))));
    put(all, OCI + "index.v1+json", index);
    return new TestImage(config, Digest.of(index), all, user);
  }

  private static Map<String, Object> variant(Digest digest, String architecture) {
    return Map.of(
        "digest",
        digest.toString(),
        "size",
        1,
        "platform",
        Map.of("os", "linux", "architecture", architecture));
  }

  /** A blob's bytes. */
  public byte[] blob(Digest digest) {
    byte[] blob = blobs.get(digest);
    if (blob == null) {
      throw new IllegalArgumentException("no blob " + digest);
    }
    return blob;
  }

  /** Writes an OCI image layout directory that calls the image {@code name}. */
  public Path writeLayoutDirectory(Path directory, String name) throws IOException {
    Files.createDirectories(directory.resolve("blobs/sha256"));
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(directory.resolve("index.json"), index(name));
    for (Map.Entry<Digest, byte[]> blob : blobs.entrySet()) {
      Files.write(directory.resolve("blobs/sha256/" + blob.getKey().hex()), blob.getValue());
    }
    return directory;
  }

  private byte[] index(String name) {
    Map<String, Object> entry =
        Map.of(
            "mediaType",
            OCI + "manifest.v1+json",
            "digest",
            manifest.toString(),
            "size",
            blob(manifest).length,
            "annotations",
            Map.of("org.opencontainers.image.ref.name", name));
    return json(Map.of("schemaVersion", 2, "manifests", List.of(entry)));
  }

  /** Writes an OCI image layout archive that calls the image {@code name}. */
  public Path writeLayout(Path file, String name) throws IOException {
    TestLayer.Builder tar = TestLayer.builder();
    tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar.file("index.json", new String(index(name), StandardCharsets.UTF_8));
    blobs.forEach((digest, content) ->
        tar.entry("blobs/sha256/" + digest.hex(), (byte) '0', "", content, e -> {}));
    return Files.write(file, tar.tar());
  }
}
