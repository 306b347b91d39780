package dev.carafe.agent.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.agent.image.layer.Decompression;
import dev.carafe.agent.image.layer.TarFormatException;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.agent.image.spec.Manifest;
import dev.carafe.agent.image.spec.Platform;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
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
 * whole file may be compressed. An image layout may be a directory too. Thread-safe.
 */
final class ArchiveImporter {
  private static final String OCI_INDEX = "index.json";
  private static final String DOCKER_MANIFEST = "manifest.json";
  private static final String FULL_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final ImageInstaller installer;
  private final ImageStore store;

  ArchiveImporter(ImageInstaller installer, ImageStore store) {
    this.installer = installer;
    this.store = store;
  }

  /** Imports all images of the archive; a given reference replaces the names it carries. */
  List<Image> importArchive(Path file, @Nullable ImageReference reference, Progress progress)
      throws InterruptedException {
    try {
      return Files.isDirectory(file)
          ? importContent(new LayoutDirectory(file), reference, progress)
          : importFile(file, reference, progress);
    } catch (ImageException.DiskFull full) {
      store.sweep();
      throw full.of("importing " + file);
    } catch (ImageException failure) {
      throw failure.of("importing " + file);
    } catch (IOException e) {
      throw ImageException.from("importing " + file, e);
    }
  }

  private List<Image> importFile(Path file, @Nullable ImageReference reference, Progress progress)
      throws IOException, InterruptedException {
    Path plain = Files.createTempFile(store.temporaryDirectory(), "archive", ".tar");
    try {
      boolean compressed = decompress(file, plain);
      return importContent(ArchiveFile.open(compressed ? plain : file), reference, progress);
    } catch (TarFormatException e) {
      throw new ImageException.InvalidImage("it is no tar archive: " + e.getMessage(), e);
    } finally {
      deleteQuietly(plain);
    }
  }

  private List<Image> importContent(
      ArchiveContent archive, @Nullable ImageReference reference, Progress progress)
      throws IOException, InterruptedException {
    if (archive.has(OCI_INDEX)) {
      return importLayout(archive, reference, progress);
    }
    if (archive.has(DOCKER_MANIFEST)) {
      return importDocker(archive, reference, progress);
    }
    throw new ImageException.InvalidImage(
        "it is neither an OCI image layout (index.json) nor a docker save (manifest.json)", null);
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

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It lies in the directory that the next start empties.
    }
  }

  private List<Image> importLayout(
      ArchiveContent archive, @Nullable ImageReference reference, Progress progress)
      throws IOException, InterruptedException {
    String what = OCI_INDEX;
    Manifest parsed = Manifest.parse(archive.read(OCI_INDEX, Manifest.MAX_BYTES), what);
    if (!(parsed instanceof Manifest.Index index) || index.manifests().isEmpty()) {
      throw new ImageException.InvalidImage(what + " lists no image", null);
    }
    List<Image> images = new ArrayList<>();
    for (Descriptor named : selectPlatform(index)) {
      ImageReference name = reference != null ? reference : nameOf(named);
      String image = name == null ? named.digest().toString() : name.toString();
      byte[] raw = rawManifest(archive, named, image);
      if (!(Manifest.parse(raw, "manifest of " + image) instanceof Manifest.Image manifest)) {
        throw new ImageException.InvalidImage(image + " is an index of indexes", null);
      }
      images.add(
          installer.install(
              new Incoming(
                  image,
                  manifest,
                  raw,
                  blob -> archive.open(blobName(blob.digest())),
                  name == null ? List.of() : name.tags(),
                  name == null ? List.of() : List.of(name.withDigest(named.digest()))),
              progress));
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

  /** The manifest of this platform's image, which may lie below an index. */
  private static byte[] rawManifest(ArchiveContent archive, Descriptor descriptor, String what)
      throws IOException {
    byte[] bytes = verified(archive, descriptor);
    return switch (Manifest.parse(bytes, "manifest of " + what)) {
      case Manifest.Image image -> bytes;
      case Manifest.Index nested -> verified(archive, nested.select(Platform.NODE, what));
    };
  }

  private static byte[] verified(ArchiveContent archive, Descriptor descriptor) throws IOException {
    byte[] bytes = archive.read(blobName(descriptor.digest()), Manifest.MAX_BYTES);
    Digest actual =
        Digest.of(
            descriptor.digest().algorithm(), descriptor.digest().newMessageDigest().digest(bytes));
    if (!actual.equals(descriptor.digest())) {
      throw new ImageException.DigestMismatch(
          "manifest %s was expected, %s came".formatted(descriptor.digest(), actual));
    }
    return bytes;
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
      ArchiveContent archive, @Nullable ImageReference reference, Progress progress)
      throws IOException, InterruptedException {
    String what = DOCKER_MANIFEST;
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
              new Incoming(
                  tags.isEmpty() ? config.digest().toString() : tags.getFirst(),
                  new Manifest.Image(config, layers),
                  new byte[0],
                  blob -> archive.open(names.getOrDefault(blob.digest(), "")),
                  tags,
                  List.of()),
              progress));
    }
    return images;
  }

  /** Such archives name no digests: they are computed. */
  private static Descriptor describe(ArchiveContent archive, String name, Map<Digest, String> names)
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
