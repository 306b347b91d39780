package dev.carafe.agent.image;

import dev.carafe.agent.image.layer.LayerUnpacker;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageConfig;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.Manifest;
import dev.carafe.agent.image.spec.Platform;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import dev.carafe.agent.image.store.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;

/** Takes an image from a source into the store: configuration, layers, record. */
final class ImageInstaller {
  private static final int LAYERS_AT_ONCE = 16;

  private final ImageStore store;
  private final LayerUnpacker unpacker;
  private final Clock clock;
  private final LayersUnderWay underWay = new LayersUnderWay();
  private final LayerSlots slots = new LayerSlots(LAYERS_AT_ONCE);

  ImageInstaller(ImageStore store, LayerUnpacker unpacker, Clock clock) {
    this.store = store;
    this.unpacker = unpacker;
    this.clock = clock;
  }

  /**
   * Installs an image or an artifact. What the store has is not read again. When it fails or is
   * interrupted, finished layers stay for the next try until a sweep.
   */
  Image install(Incoming incoming, Progress progress) throws InterruptedException {
    progress.expect(incoming.manifest().layers());
    return incoming.manifest().isArtifact()
        ? installArtifact(incoming, progress)
        : installImage(incoming, progress);
  }

  private Image installImage(Incoming incoming, Progress progress) throws InterruptedException {
    Manifest.Image manifest = incoming.manifest();
    byte[] rawConfig = readConfig(manifest.config(), incoming.blobs());
    ImageConfig config =
        ImageConfig.parse(rawConfig, "configuration of " + incoming.what(), Platform.NODE);
    if (config.diffIds().size() != manifest.layers().size()) {
      throw new ImageException.InvalidImage(
          "%s has %d layers, its configuration lists %d"
              .formatted(incoming.what(), manifest.layers().size(), config.diffIds().size()),
          null);
    }
    try (LayerStore.Claim claim = store.layers().newClaim()) {
      List<String> layers = installer(claim, incoming, progress).layers(manifest.layers(), config);
      return store.put(
          image(incoming, manifest.config().digest(), config, layers, rawConfig.length), rawConfig);
    }
  }

  /**
   * An artifact has no configuration that says more than its type: it is known by its manifest, and
   * all its files are in one directory.
   */
  private Image installArtifact(Incoming incoming, Progress progress) throws InterruptedException {
    Digest id = Digest.of(incoming.raw());
    List<Descriptor> files = incoming.manifest().layers();
    try (LayerStore.Claim claim = store.layers().newClaim()) {
      String key = installer(claim, incoming, progress).artifact(id, files);
      return store.put(
          image(incoming, id, ImageConfig.NONE, List.of(key), incoming.raw().length),
          incoming.raw());
    }
  }

  private LayerInstaller installer(LayerStore.Claim claim, Incoming incoming, Progress progress) {
    return new LayerInstaller(
        store.layers(), unpacker, underWay, slots, claim, incoming.blobs(), progress);
  }

  private Image image(
      Incoming incoming, Digest id, ImageConfig config, List<String> layers, int described) {
    long content = incoming.manifest().layers().stream().mapToLong(Descriptor::size).sum();
    return new Image(
        id,
        incoming.tags(),
        incoming.digests(),
        described + content,
        config,
        layers,
        incoming.manifest().artifactType(),
        clock.millis(),
        false);
  }

  private static byte[] readConfig(Descriptor descriptor, BlobSource blobs)
      throws InterruptedException {
    if (descriptor.size() > ImageConfig.MAX_BYTES) {
      throw new ImageException.InvalidImage(
          "configuration %s has %d bytes: at most %d are read"
              .formatted(descriptor.digest(), descriptor.size(), ImageConfig.MAX_BYTES),
          null);
    }
    byte[] bytes;
    try (InputStream in = blobs.open(descriptor)) {
      bytes = in.readNBytes((int) descriptor.size() + 1);
    } catch (IOException e) {
      throw ImageException.from("reading configuration " + descriptor.digest(), e);
    }
    Digest actual =
        Digest.of(
            descriptor.digest().algorithm(), descriptor.digest().newMessageDigest().digest(bytes));
    if (!actual.equals(descriptor.digest())) {
      throw new ImageException.DigestMismatch(
          "configuration %s was expected, %s came".formatted(descriptor.digest(), actual));
    }
    return bytes;
  }
}
