package dev.carafe.agent.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.agent.image.layer.Decompression;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.agent.image.spec.Manifest;
import dev.carafe.agent.image.spec.Platform;
import dev.carafe.agent.image.store.Image;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Imports images from a tar file: an OCI image layout, or what {@code docker save} writes; the
 * whole file may be compressed. Thread-safe.
 */
final class ArchiveImporter {
  private static final String OCI_INDEX = "index.json";
  private static final String DOCKER_MANIFEST = "manifest.json";
  private static final String FULL_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final ImageInstaller installer;
  private final Path temporary;

  ArchiveImporter(ImageInstaller installer, Path temporary) {
    this.installer = installer;
    this.temporary = temporary;
  }

  /** Imports all images of the archive; a given reference replaces the names it carries. */
  List<Image> importArchive(Path file, @Nullable ImageReference reference)
      throws InterruptedException {
    Path plain = null;
    try {
      plain = Files.createTempFile(temporary, "archive", ".tar");
      boolean compressed = decompress(file, plain);
      ArchiveFile archive = ArchiveFile.open(compressed ? plain : file);
      if (archive.has(OCI_INDEX)) {
        return importLayout(file, archive, reference);
      }
      if (archive.has(DOCKER_MANIFEST)) {
        return importDocker(file, archive, reference);
      }
      throw new ImageException.InvalidImage(
          "archive %s is neither an OCI image layout (index.json) nor a docker save (manifest.json)"
              .formatted(file),
          null);
    } catch (IOException e) {
      throw ImageException.from("importing " + file, e);
    } finally {
      deleteQuietly(plain);
    }
  }

  private static boolean decompress(Path file, Path plain) throws IOException {
    byte[] magic;
    try (InputStream in = Files.newInputStream(file)) {
      magic = in.readNBytes(4);
    }
    if (!Decompression.isCompressed(magic)) {
      return false;
    }
    try (InputStream in = Decompression.open(new BufferedInputStream(Files.newInputStream(file)))) {
      Files.copy(in, plain, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    return true;
  }

  private static void deleteQuietly(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // It lies in the directory that the next start empties.
    }
  }

  private List<Image> importLayout(
      Path file, ArchiveFile archive, @Nullable ImageReference reference)
      throws IOException, InterruptedException {
    String what = "index.json of " + file;
    Manifest parsed = Manifest.parse(archive.read(OCI_INDEX, Manifest.MAX_BYTES), what);
    if (!(parsed instanceof Manifest.Index index) || index.manifests().isEmpty()) {
      throw new ImageException.InvalidImage(what + " lists no image", null);
    }
    List<Image> images = new ArrayList<>();
    for (Descriptor named : selectPlatform(index)) {
      ImageReference name = reference != null ? reference : nameOf(named);
      String image = name == null ? named.digest().toString() : name.toString();
      images.add(
          installer.install(
              image,
              imageManifest(archive, named, image),
              blob -> archive.open(blobName(blob.digest())),
              name == null ? List.of() : name.tags(),
              name == null ? List.of() : List.of(name.withDigest(named.digest()))));
    }
    return images;
  }

  /** An index may list one image's variants for several platforms under one name or none. */
  private static List<Descriptor> selectPlatform(Manifest.Index index) {
    List<Descriptor> fitting =
        index.manifests().stream()
            .filter(m -> m.platform() == null || m.platform().equals(Platform.NODE))
            .toList();
    return fitting.isEmpty() ? index.manifests() : fitting;
  }

  private static Manifest.Image imageManifest(
      ArchiveFile archive, Descriptor descriptor, String what) throws IOException {
    byte[] bytes = archive.read(blobName(descriptor.digest()), Manifest.MAX_BYTES);
    Digest actual =
        Digest.of(
            descriptor.digest().algorithm(), descriptor.digest().newMessageDigest().digest(bytes));
    if (!actual.equals(descriptor.digest())) {
      throw new ImageException.DigestMismatch(
          "manifest %s was expected, %s came".formatted(descriptor.digest(), actual));
    }
    return switch (Manifest.parse(bytes, "manifest of " + what)) {
      case Manifest.Image image -> image;
      case Manifest.Index nested ->
          imageManifest(archive, nested.select(Platform.NODE, what), what);
    };
  }

  private static @Nullable ImageReference nameOf(Descriptor named) {
    String full = named.annotations().get(FULL_NAME);
    String name = full != null ? full : named.annotations().get(REF_NAME);
    if (name == null || (full == null && !name.contains("/") && !name.contains(":"))) {
      return null;
    }
    return ImageReference.parse(name);
  }

  private static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private List<Image> importDocker(
      Path file, ArchiveFile archive, @Nullable ImageReference reference)
      throws IOException, InterruptedException {
    String what = "manifest.json of " + file;
    JsonNode root = Json.MAPPER.readTree(archive.read(DOCKER_MANIFEST, Manifest.MAX_BYTES));
    if (root == null || !root.isArray() || root.isEmpty()) {
      throw new ImageException.InvalidImage(what + " lists no image", null);
    }
    List<Image> images = new ArrayList<>();
    for (JsonNode saved : root) {
      List<String> tags =
          reference != null
              ? reference.tags()
              : Json.strings(saved, "RepoTags", what).stream()
                  .flatMap(name -> ImageReference.parse(name).tags().stream())
                  .toList();
      Map<Digest, String> names = new HashMap<>();
      Descriptor config = describe(archive, Json.stringOrEmpty(saved, "Config", what), names);
      List<Descriptor> layers = new ArrayList<>();
      for (String layer : Json.strings(saved, "Layers", what)) {
        layers.add(describe(archive, layer, names));
      }
      images.add(
          installer.install(
              tags.isEmpty() ? config.digest().toString() : tags.getFirst(),
              new Manifest.Image(config, layers),
              blob -> archive.open(names.getOrDefault(blob.digest(), "")),
              tags,
              List.of()));
    }
    return images;
  }

  /** Such archives name no digests: they are computed. */
  private static Descriptor describe(ArchiveFile archive, String name, Map<Digest, String> names)
      throws IOException {
    MessageDigest hash = Digest.newSha256();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = archive.open(name)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    }
    Digest digest = Digest.of("sha256", hash.digest());
    names.put(digest, name);
    return new Descriptor("", digest, archive.size(name), null, Map.of());
  }
}
