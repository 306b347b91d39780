package dev.carafe.agent.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.image.layer.ArchiveReplay;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import dev.carafe.agent.image.store.LayerStore;
import dev.carafe.runtime.state.DurableFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes images to OCI archives. Compressed blobs are not kept, so layers are written as the
 * archives that they were, uncompressed: their digests are those that the configuration names, and
 * so the image's id stays. Thread-safe.
 */
final class ArchiveExporter {
  private static final String OCI = "application/vnd.oci.image.";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final byte[] LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8);

  private final ImageStore store;

  ArchiveExporter(ImageStore store) {
    this.store = requireNonNull(store, "store is null");
  }

  /** Writes the image to a new file, which then takes the place of {@code file}. */
  Digest export(String idOrReference, Path file, Progress progress) throws InterruptedException {
    Image image = store.find(idOrReference);
    if (image == null) {
      throw new ImageException.NotFound("image " + idOrReference + " is not on this node");
    }
    if (image.isArtifact()) {
      throw new ImageException.InvalidReference(
          "%s is an artifact (%s): only images can be exported"
              .formatted(idOrReference, image.artifactType()));
    }
    Path unfinished = file.resolveSibling(".carafe-export-" + UUID.randomUUID());
    try (ImageStore.Lease lease = store.lease(image.id())) {
      Digest manifest = write(lease.image(), unfinished, progress);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      DurableFile.syncDirectory(requireNonNull(file.toAbsolutePath().getParent()));
      return manifest;
    } catch (IOException e) {
      throw ImageException.from("exporting %s to %s".formatted(idOrReference, file), e);
    } finally {
      deleteQuietly(unfinished);
    }
  }

  private Digest write(Image image, Path file, Progress progress)
      throws IOException, InterruptedException {
    Map<Digest, ArchiveReplay> archives = archives(image);
    List<Descriptor> layers = new ArrayList<>();
    for (Map.Entry<Digest, ArchiveReplay> layer : archives.entrySet()) {
      layers.add(layer(layer.getKey(), layer.getValue().size()));
    }
    progress.expect(layers);
    Map<Digest, Descriptor> known = new LinkedHashMap<>();
    layers.forEach(layer -> known.put(layer.digest(), layer));
    byte[] config = store.rawConfig(image);
    byte[] manifest = manifest(image, config, known);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      TarWriter tar = new TarWriter(out);
      tar.add("oci-layout", LAYOUT);
      tar.add("index.json", index(image, manifest));
      tar.add(blobName(Digest.of(manifest)), manifest);
      tar.add(blobName(image.id()), config);
      for (Descriptor layer : layers) {
        if (Thread.interrupted()) {
          throw new InterruptedException("the export was cancelled");
        }
        ArchiveReplay archive = requireNonNull(archives.get(layer.digest()));
        tar.add(
            blobName(layer.digest()),
            layer.size(),
            to -> copy(archive, layer, progress.counting(layer, to)));
        progress.done(layer);
      }
      tar.finish();
    }
    return Digest.of(manifest);
  }

  /** By the digest of the archive, in the order of the layers, each once. */
  private Map<Digest, ArchiveReplay> archives(Image image) {
    LayerStore layers = store.layers();
    Map<Digest, ArchiveReplay> kept = new LinkedHashMap<>();
    image.layers().forEach(key -> kept.putIfAbsent(layers.diffId(key), layers.archive(key)));
    Map<Digest, ArchiveReplay> ordered = new LinkedHashMap<>();
    for (Digest diffId : image.config().diffIds()) {
      ArchiveReplay archive = kept.get(diffId);
      if (archive == null || !archive.isPossible()) {
        throw new ImageException.StoreFailure(
            "layer %s of image %s was unpacked without a record of its archive; remove the image and pull it again"
                .formatted(diffId, image.id()),
            null);
      }
      ordered.put(diffId, archive);
    }
    return ordered;
  }

  private static void copy(ArchiveReplay archive, Descriptor layer, OutputStream to)
      throws IOException {
    DigestOutputStream hashed = new DigestOutputStream(to, layer.digest().newMessageDigest());
    archive.writeTo(hashed);
    Digest actual = Digest.of(layer.digest().algorithm(), hashed.getMessageDigest().digest());
    if (!actual.equals(layer.digest())) {
      throw new ImageException.DigestMismatch(
          "layer %s can't be made again: its files give %s; its archive may hold a file twice, or they were changed"
              .formatted(layer.digest(), actual));
    }
  }

  private static byte[] manifest(Image image, byte[] config, Map<Digest, Descriptor> layers)
      throws IOException {
    ObjectNode manifest = JsonNodeFactory.instance.objectNode();
    manifest.put("schemaVersion", 2).put("mediaType", OCI + "manifest.v1+json");
    manifest.set("config", node(OCI + "config.v1+json", image.id(), config.length));
    ArrayNode list = manifest.putArray("layers");
    for (Digest diffId : image.config().diffIds()) {
      Descriptor layer = requireNonNull(layers.get(diffId));
      list.add(node(layer.mediaType(), layer.digest(), layer.size()));
    }
    return Json.MAPPER.writeValueAsBytes(manifest);
  }

  private static byte[] index(Image image, byte[] manifest) throws IOException {
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("schemaVersion", 2).put("mediaType", OCI + "index.v1+json");
    ArrayNode list = index.putArray("manifests");
    List<String> tags = image.repoTags().isEmpty() ? List.of("") : image.repoTags();
    for (String tag : tags) {
      ObjectNode entry = node(OCI + "manifest.v1+json", Digest.of(manifest), manifest.length);
      if (!tag.isEmpty()) {
        entry.putObject("annotations").put(REF_NAME, tag);
      }
      list.add(entry);
    }
    return Json.MAPPER.writeValueAsBytes(index);
  }

  private static Descriptor layer(Digest diffId, long size) {
    return new Descriptor(OCI + "layer.v1.tar", diffId, size, null, Map.of());
  }

  private static ObjectNode node(String mediaType, Digest digest, long size) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("mediaType", mediaType)
        .put("digest", digest.toString())
        .put("size", size);
  }

  private static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It has a name that says whose it is.
    }
  }
}
