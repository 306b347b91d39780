package dev.carafe.e2e.release;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes an image as an OCI archive (image-spec, image layout in a tar): a layer for each
 * directory, lowest first. The same directories give the same digests. Usage: {@code ImageArchive
 * OUT NAME ENTRYPOINT DIRECTORY...}.
 */
public final class ImageArchive {
  private static final String TYPE = "application/vnd.oci.image.";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ImageArchive() {}

  /** A layer that is a file now. */
  private record Layer(Path file, String digest, String diffId) {}

  /** Writes one. */
  public static void main(String[] args) throws IOException {
    if (args.length < 4) {
      System.err.println("usage: ImageArchive OUT NAME ENTRYPOINT DIRECTORY...");
      System.exit(2);
    }
    List<Path> directories = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      directories.add(Path.of(args[i]));
    }
    write(Path.of(args[0]), args[1], args[2], directories);
  }

  /**
   * Writes the archive.
   *
   * @param name the full reference that it carries
   * @param entrypoint the program's path in the image
   * @param directories what each layer holds, from its root
   */
  public static void write(Path archive, String name, String entrypoint, List<Path> directories)
      throws IOException {
    Path work = Files.createTempDirectory(archive.toAbsolutePath().getParent(), "image");
    List<Layer> layers = new ArrayList<>();
    try {
      for (Path directory : directories) {
        layers.add(layer(directory, work.resolve("layer" + layers.size())));
      }
      byte[] config = bytes(config(entrypoint, layers));
      byte[] manifest = bytes(manifest(config, layers));
      try (OutputStream out = Files.newOutputStream(archive);
          TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
        put(tar, "oci-layout", bytes(JSON.objectNode().put("imageLayoutVersion", "1.0.0")));
        put(tar, "index.json", bytes(index(manifest, name)));
        put(tar, blob(digest(manifest)), manifest);
        put(tar, blob(digest(config)), config);
        for (Layer layer : layers) {
          TarArchiveEntry entry = new TarArchiveEntry(blob(layer.digest()));
          entry.setSize(Files.size(layer.file()));
          LayerTar.put(tar, entry, 0644);
          Files.copy(layer.file(), tar);
          tar.closeArchiveEntry();
        }
      }
    } finally {
      for (Layer layer : layers) {
        Files.deleteIfExists(layer.file());
      }
      Files.deleteIfExists(work);
    }
  }

  private static Layer layer(Path directory, Path file) throws IOException {
    String diffId = LayerTar.write(directory, file);
    MessageDigest sha = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        sha.update(buffer, 0, n);
      }
    }
    return new Layer(file, "sha256:" + HexFormat.of().formatHex(sha.digest()), diffId);
  }

  private static ObjectNode config(String entrypoint, List<Layer> layers) {
    ObjectNode config =
        JSON.objectNode()
            .put("created", "1970-01-01T00:00:00Z")
            .put("architecture", "amd64")
            .put("os", "linux");
    ObjectNode process = config.putObject("config");
    process.putArray("Env").add("PATH=/bin:/usr/bin");
    process.putArray("Entrypoint").add(entrypoint);
    process.put("WorkingDir", "/");
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    layers.forEach(layer -> diffIds.add(layer.diffId()));
    return config;
  }

  private static ObjectNode manifest(byte[] config, List<Layer> layers) throws IOException {
    ObjectNode manifest =
        JSON.objectNode().put("schemaVersion", 2).put("mediaType", TYPE + "manifest.v1+json");
    manifest.set("config", descriptor(TYPE + "config.v1+json", digest(config), config.length));
    ArrayNode list = manifest.putArray("layers");
    for (Layer layer : layers) {
      list.add(descriptor(TYPE + "layer.v1.tar+gzip", layer.digest(), Files.size(layer.file())));
    }
    return manifest;
  }

  private static ObjectNode index(byte[] manifest, String name) {
    ObjectNode entry = descriptor(TYPE + "manifest.v1+json", digest(manifest), manifest.length);
    entry.putObject("annotations").put("org.opencontainers.image.ref.name", name);
    ObjectNode index = JSON.objectNode().put("schemaVersion", 2);
    index.putArray("manifests").add(entry);
    return index;
  }

  private static ObjectNode descriptor(String mediaType, String digest, long size) {
    return JSON.objectNode().put("mediaType", mediaType).put("digest", digest).put("size", size);
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    LayerTar.put(tar, entry, 0644);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static String blob(String digest) {
    return "blobs/" + digest.replace(':', '/');
  }

  private static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(UTF_8);
  }

  private static String digest(byte[] content) {
    return "sha256:" + HexFormat.of().formatHex(sha256().digest(content));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
