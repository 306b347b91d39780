package dev.carafe.agent.image;

import dev.carafe.agent.image.layer.LayerUnpacker;
import dev.carafe.agent.image.layer.LowerLayers;
import dev.carafe.agent.image.layer.UnpackedLayer;
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
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Takes an image from a source into the store: configuration, layers in parallel, record. */
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
      List<String> layers =
          installLayers(claim, manifest.layers(), config, incoming.blobs(), progress);
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
      String key = store.layers().claim(claim, id, id);
      if (key == null) {
        key = installFiles(claim, id, files, incoming.blobs(), progress);
      } else {
        files.forEach(progress::present);
      }
      return store.put(
          image(incoming, id, ImageConfig.NONE, List.of(key), incoming.raw().length),
          incoming.raw());
    }
  }

  private String installFiles(
      LayerStore.Claim claim,
      Digest id,
      List<Descriptor> files,
      BlobSource blobs,
      Progress progress)
      throws InterruptedException {
    LayerStore layers = store.layers();
    LayerStore.Workspace workspace = layers.newWorkspace();
    boolean committed = false;
    try {
      UnpackedLayer unpacked =
          unpacker.unpackArtifact(
              files,
              blob -> progress.counting(blob, blobs.open(blob)),
              workspace.files(),
              workspace.scratch());
      files.forEach(progress::done);
      String key = layers.commit(claim, workspace, unpacked, id, id);
      committed = true;
      return key;
    } finally {
      if (!committed) {
        layers.discard(workspace);
      }
    }
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

  private List<String> installLayers(
      LayerStore.Claim claim,
      List<Descriptor> layers,
      ImageConfig config,
      BlobSource blobs,
      Progress progress)
      throws InterruptedException {
    List<Digest> chainIds = config.chainIds();
    List<Future<String>> keys = new ArrayList<>();
    try (LayerWorkers workers = new LayerWorkers()) {
      for (int i = 0; i < layers.size(); i++) {
        Descriptor layer = layers.get(i);
        Digest diffId = config.diffIds().get(i);
        Digest chainId = chainIds.get(i);
        List<Future<String>> below = List.copyOf(keys);
        keys.add(
            workers.submit(
                () -> installLayer(claim, layer, diffId, chainId, blobs, progress, below)));
      }
      for (int i = 0; i < keys.size(); i++) {
        await(workers.nextDone());
      }
      LinkedHashSet<String> topDown = new LinkedHashSet<>();
      for (Future<String> key : keys.reversed()) {
        // overlayfs refuses a directory that comes twice; its topmost place decides what it shows.
        topDown.add(await(key));
      }
      return List.copyOf(topDown).reversed();
    }
  }

  private String installLayer(
      LayerStore.Claim claim,
      Descriptor layer,
      Digest diffId,
      Digest chainId,
      BlobSource blobs,
      Progress progress,
      List<Future<String>> below)
      throws IOException, InterruptedException {
    underWay.begin(chainId);
    try {
      String present = store.layers().claim(claim, diffId, chainId);
      if (present != null) {
        progress.present(layer);
        return present;
      }
      try (LayerSlots.Slot slot = slots.take()) {
        LowerLayers lowers = () -> slot.without(() -> topDown(below));
        return makeLayer(claim, layer, diffId, chainId, blobs, progress, lowers);
      }
    } finally {
      underWay.end(chainId);
    }
  }

  private String makeLayer(
      LayerStore.Claim claim,
      Descriptor layer,
      Digest diffId,
      Digest chainId,
      BlobSource blobs,
      Progress progress,
      LowerLayers lowers)
      throws IOException, InterruptedException {
    LayerStore layers = store.layers();
    LayerStore.Workspace workspace = layers.newWorkspace();
    boolean committed = false;
    try (InputStream blob = progress.counting(layer, blobs.open(layer))) {
      UnpackedLayer unpacked =
          unpacker.unpack(
              blob,
              layer,
              diffId,
              new LayerUnpacker.Target(
                  workspace.files(), workspace.scratch(), workspace.recording()),
              lowers);
      String key = layers.commit(claim, workspace, unpacked, diffId, chainId);
      committed = true;
      progress.done(layer);
      return key;
    } finally {
      if (!committed) {
        layers.discard(workspace);
      }
    }
  }

  private List<Path> topDown(List<Future<String>> below) throws InterruptedException {
    List<Path> directories = new ArrayList<>();
    for (Future<String> key : below) {
      directories.add(store.layers().directory(await(key)));
    }
    return directories.reversed();
  }

  private static String await(Future<String> key) throws InterruptedException {
    try {
      return key.get();
    } catch (CancellationException e) {
      throw new InterruptedException("a layer below was cancelled");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException) {
        throw new InterruptedException("installing a layer was interrupted");
      }
      throw switch (e.getCause()) {
        case ImageException image -> image;
        case IOException io -> ImageException.from("installing a layer", io);
        case null, default -> new IllegalStateException("installing a layer failed", e);
      };
    }
  }
}
