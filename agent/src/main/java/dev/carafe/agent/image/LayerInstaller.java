package dev.carafe.agent.image;

import dev.carafe.agent.image.layer.LayerUnpacker;
import dev.carafe.agent.image.layer.LowerLayers;
import dev.carafe.agent.image.layer.UnpackedLayer;
import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageConfig;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.store.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Takes the layers of one image into the store, side by side. What the store has is claimed and not
 * read again.
 *
 * @param underWay what other images are taking at this moment
 * @param slots bound how many layers are taken at once, of all images
 * @param claim keeps what is there until the image's record does
 */
record LayerInstaller(
    LayerStore store,
    LayerUnpacker unpacker,
    LayersUnderWay underWay,
    LayerSlots slots,
    LayerStore.Claim claim,
    BlobSource blobs,
    Progress progress) {

  /** A layer's blob, and what it must be when it is unpacked. */
  private record Layer(Descriptor blob, Digest diffId, Digest chainId) {}

  /** The keys of the layers' directories, the lowest first, each once. */
  List<String> layers(List<Descriptor> layers, ImageConfig config) throws InterruptedException {
    List<Digest> chainIds = config.chainIds();
    List<Future<String>> keys = new ArrayList<>();
    try (LayerWorkers workers = new LayerWorkers()) {
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = new Layer(layers.get(i), config.diffIds().get(i), chainIds.get(i));
        List<Future<String>> below = List.copyOf(keys);
        keys.add(workers.submit(() -> layer(layer, below)));
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

  /** The key of the one directory with an artifact's files. */
  String artifact(Digest id, List<Descriptor> files) throws InterruptedException {
    String present = store.claim(claim, id, id);
    if (present != null) {
      files.forEach(progress::present);
      return present;
    }
    LayerStore.Workspace workspace = store.newWorkspace();
    boolean committed = false;
    try {
      UnpackedLayer unpacked =
          unpacker.unpackArtifact(
              files,
              blob -> progress.counting(blob, blobs.open(blob)),
              workspace.files(),
              workspace.scratch());
      files.forEach(progress::done);
      String key = store.commit(claim, workspace, unpacked, id, id);
      committed = true;
      return key;
    } finally {
      if (!committed) {
        store.discard(workspace);
      }
    }
  }

  private String layer(Layer layer, List<Future<String>> below)
      throws IOException, InterruptedException {
    underWay.begin(layer.chainId());
    try {
      String present = store.claim(claim, layer.diffId(), layer.chainId());
      if (present != null) {
        progress.present(layer.blob());
        return present;
      }
      try (LayerSlots.Slot slot = slots.take()) {
        return unpacked(layer, () -> slot.without(() -> topDown(below)));
      }
    } finally {
      underWay.end(layer.chainId());
    }
  }

  private String unpacked(Layer layer, LowerLayers lowers)
      throws IOException, InterruptedException {
    LayerStore.Workspace workspace = store.newWorkspace();
    boolean committed = false;
    try (InputStream blob = progress.counting(layer.blob(), blobs.open(layer.blob()))) {
      UnpackedLayer unpacked =
          unpacker.unpack(
              blob,
              layer.blob(),
              layer.diffId(),
              new LayerUnpacker.Target(
                  workspace.files(), workspace.scratch(), workspace.recording()),
              lowers);
      String key = store.commit(claim, workspace, unpacked, layer.diffId(), layer.chainId());
      committed = true;
      progress.done(layer.blob());
      return key;
    } finally {
      if (!committed) {
        store.discard(workspace);
      }
    }
  }

  private List<Path> topDown(List<Future<String>> below) throws InterruptedException {
    List<Path> directories = new ArrayList<>();
    for (Future<String> key : below) {
      directories.add(store.directory(await(key)));
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
