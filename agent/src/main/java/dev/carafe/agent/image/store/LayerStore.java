package dev.carafe.agent.image.store;

import dev.carafe.agent.image.layer.ArchiveReplay;
import dev.carafe.agent.image.layer.UnpackedLayer;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.state.DurableFile;
import dev.carafe.runtime.state.Trees;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The unpacked layers on disk. A layer appears whole or not at all: its files are synced before the
 * rename that commits it. Thread-safe.
 */
public final class LayerStore {
  private static final Logger LOG = LogManager.getLogger(LayerStore.class);

  private final StoreLayout layout;
  private final Map<String, LayerRecord> layers = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Integer> claims = new HashMap<>();

  LayerStore(StoreLayout layout) throws IOException {
    this.layout = layout;
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(layout.layers())) {
      for (Path directory : directories) {
        load(directory);
      }
    }
  }

  private void load(Path directory) throws IOException {
    Path file = layout.layerRecord(directory);
    try {
      LayerRecord layer = Json.MAPPER.readValue(Files.readAllBytes(file), LayerRecord.class);
      layers.put(layer.key(), layer);
    } catch (IOException | RuntimeException e) {
      LOG.warn("layer directory {} is dropped, its record can't be read: {}", directory, e);
      discard(directory);
    }
  }

  /** The directory of a layer that the store has. */
  public Path directory(String key) {
    return layout.layerFiles(key);
  }

  /** What makes the archive of a layer that the store has again. */
  public ArchiveReplay archive(String key) {
    return new ArchiveReplay(layout.recording(key), layout.layerFiles(key));
  }

  /** The digest of the archive that a layer of the store was unpacked from. */
  public Digest diffId(String key) {
    LayerRecord layer = layers.get(key);
    if (layer == null) {
      throw new ImageException.NotFound("layer " + key + " is not on this node");
    }
    return layer.diffId();
  }

  /** The directories of an image's layers, from the bottom up. */
  public List<Path> directories(Image image) {
    return image.layers().stream().map(this::directory).toList();
  }

  boolean has(String key) {
    return layers.containsKey(key);
  }

  /**
   * The layer with this diff id if it stands alone, or else with this chain id, claimed for {@code
   * claim}; null if the store has neither.
   */
  public @Nullable String claim(Claim claim, Digest diffId, Digest chainId) {
    lock.lock();
    try {
      LayerRecord layer = layers.get(chainId.hex());
      if (layer == null) {
        layer = layers.get(diffId.hex());
        if (layer == null || layer.leans()) {
          return null;
        }
      }
      claim.add(layer.key());
      return layer.key();
    } finally {
      lock.unlock();
    }
  }

  /** A new empty place to unpack a layer in. */
  public Workspace newWorkspace() {
    Path directory = layout.newTemporary("layer");
    try {
      Files.createDirectory(directory);
      Workspace workspace = new Workspace(directory);
      Files.createDirectory(workspace.files());
      // Whatever the umask: a layer that does not declare its root has one that all can read.
      Files.setPosixFilePermissions(
          workspace.files(), PosixFilePermissions.fromString("rwxr-xr-x"));
      return workspace;
    } catch (IOException e) {
      throw ImageException.from("making " + directory, e);
    }
  }

  /** A layer in the making. */
  public record Workspace(Path directory) {
    /** Where its files go. */
    public Path files() {
      return directory.resolve("fs");
    }

    /** Where what the files do not tell of the layer's archive goes. */
    public Path recording() {
      return directory.resolve(StoreLayout.RECORDING);
    }

    /** A file name that the unpacker may use. */
    public Path scratch() {
      return directory.resolve("scratch");
    }
  }

  /** Throws a workspace away. */
  public void discard(Workspace workspace) {
    discard(workspace.directory());
  }

  /**
   * Makes an unpacked layer part of the store, durably. If another pull was faster, this one's copy
   * is thrown away.
   *
   * @return the layer's key, claimed for {@code claim}
   */
  public String commit(
      Claim claim, Workspace workspace, UnpackedLayer unpacked, Digest diffId, Digest chainId) {
    Digest name = unpacked.leans() ? chainId : diffId;
    LayerRecord layer =
        new LayerRecord(name.hex(), diffId, unpacked.leans(), unpacked.bytes(), unpacked.inodes());
    try {
      FileCalls.syncFileSystem(workspace.files());
      DurableFile.write(
          layout.layerRecord(workspace.directory()), Json.MAPPER.writeValueAsBytes(layer));
      return publish(claim, workspace, layer);
    } catch (IOException e) {
      throw ImageException.from("committing layer " + diffId, e);
    }
  }

  private String publish(Claim claim, Workspace workspace, LayerRecord layer) throws IOException {
    lock.lock();
    try {
      claim.add(layer.key());
      if (layers.containsKey(layer.key())) {
        discard(workspace);
        return layer.key();
      }
      move(workspace.directory(), layout.layer(layer.key()));
      DurableFile.syncDirectory(layout.layers());
      layers.put(layer.key(), layer);
      return layer.key();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Drops the layers that no image of {@code needed} and no claim holds.
   *
   * @return where their files now lie, for {@link #discard(List)}
   */
  List<Path> sweep(Set<String> needed) {
    List<Path> doomed = new ArrayList<>();
    lock.lock();
    try {
      for (String key : List.copyOf(layers.keySet())) {
        if (!needed.contains(key) && !claims.containsKey(key)) {
          Path away = layout.newTemporary("removed");
          move(layout.layer(key), away);
          layers.remove(key);
          doomed.add(away);
        }
      }
    } catch (IOException e) {
      throw ImageException.from("removing layers", e);
    } finally {
      lock.unlock();
    }
    return doomed;
  }

  /** Deletes what was swept; takes as long as there are files. */
  static void discard(List<Path> swept) {
    swept.forEach(LayerStore::discard);
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the image store must be one file system", e);
    }
  }

  private static void discard(Path directory) {
    try {
      Trees.delete(directory);
    } catch (IOException e) {
      LOG.warn("{} can't be deleted, the next start tries again: {}", directory, e.toString());
    }
  }

  /** Disk space of all layers, bytes. */
  long bytes() {
    return layers.values().stream().mapToLong(LayerRecord::bytes).sum();
  }

  /** Inodes of all layers. */
  long inodes() {
    return layers.values().stream().mapToLong(LayerRecord::inodes).sum();
  }

  /** A new claim, which holds no layer yet. */
  public Claim newClaim() {
    return new Claim();
  }

  /** Keeps layers from being swept while an image is in the making. */
  public final class Claim implements AutoCloseable {
    private final List<String> keys = new ArrayList<>();
    private boolean closed;

    /** With the lock held. A layer that comes after its pull was given up is claimed by nobody. */
    private void add(String key) {
      if (!closed) {
        keys.add(key);
        claims.merge(key, 1, Integer::sum);
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        closed = true;
        for (String key : keys) {
          claims.computeIfPresent(key, (k, count) -> count == 1 ? null : count - 1);
        }
        keys.clear();
      } finally {
        lock.unlock();
      }
    }
  }
}
