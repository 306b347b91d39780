package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.Json;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The images of the node: records on disk, an immutable snapshot of them in memory that every read
 * uses without a lock. Thread-safe.
 */
public final class ImageStore {
  private static final Logger LOG = LogManager.getLogger(ImageStore.class);

  private final StoreLayout layout;
  private final LayerStore layers;
  private final Predicate<Digest> inUse;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Digest, Integer> leases = new HashMap<>();
  private volatile Snapshot snapshot = new Snapshot(List.of());

  private ImageStore(StoreLayout layout, LayerStore layers, Predicate<Digest> inUse) {
    this.layout = layout;
    this.layers = layers;
    this.inUse = inUse;
  }

  /**
   * Opens the store in {@code root}, which is made if need be, and throws away what was half-made.
   *
   * @param inUse whether a container that the node knows runs on an image; called with the store's
   *     lock held, so it must not call the store
   */
  public static ImageStore open(Path root, Predicate<Digest> inUse) {
    requireNonNull(inUse, "inUse is null");
    StoreLayout layout = new StoreLayout(root);
    try {
      List<Path> leftovers = layout.prepare();
      ImageStore store = new ImageStore(layout, new LayerStore(layout), inUse);
      store.load();
      // A half-unpacked layer may have a million files: the agent's start must not wait for them.
      Thread.ofPlatform()
          .daemon()
          .name("carafe-image-cleanup")
          .start(() -> LayerStore.discard(leftovers));
      return store;
    } catch (IOException e) {
      throw ImageException.from("opening the image store " + root, e);
    }
  }

  private void load() throws IOException {
    List<Image> images = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(layout.records(), "*.json")) {
      for (Path file : files) {
        Image image = read(file);
        if (image != null) {
          images.add(image);
        }
      }
    }
    snapshot = new Snapshot(images);
  }

  private @Nullable Image read(Path file) {
    try {
      Image image = Json.MAPPER.readValue(Files.readAllBytes(file), Image.class);
      if (image.layers().stream().allMatch(layers::has)) {
        return image;
      }
      LOG.warn("image {} lacks a layer on disk: it is not listed; pull it again", image.id());
    } catch (IOException | RuntimeException e) {
      LOG.warn("image record {} can't be read and is ignored: {}", file, e.toString());
    }
    return null;
  }

  /** A directory on the store's file system that each start empties. */
  public Path temporaryDirectory() {
    return layout.tmp();
  }

  /** The layers. */
  public LayerStore layers() {
    return layers;
  }

  /** All images, by id. Never waits. */
  public List<Image> list() {
    return snapshot.listed();
  }

  /**
   * The image with that id, with or without {@code sha256:}, a prefix of it that fits only one, or
   * any of its references; null if there is none. Never waits.
   */
  public @Nullable Image find(String idOrReference) {
    return snapshot.find(idOrReference);
  }

  /** The configuration of an image, byte for byte as its author wrote it. */
  public byte[] rawConfig(Image image) {
    try {
      return Files.readAllBytes(layout.config(image.id()));
    } catch (IOException e) {
      throw ImageException.from("reading the configuration of " + image.id(), e);
    }
  }

  /**
   * Adds an image, or adds names to one that is there. A tag that named another image now names
   * this one.
   */
  public Image put(Image added, byte[] rawConfig) {
    lock.lock();
    try {
      Map<Digest, Image> images = new HashMap<>();
      snapshot.all().forEach(image -> images.put(image.id(), image));
      List<Image> changed = new ArrayList<>();
      for (Image image : snapshot.all()) {
        List<String> tags = new ArrayList<>(image.repoTags());
        if (!image.id().equals(added.id()) && tags.removeAll(added.repoTags())) {
          changed.add(image.withNames(tags, image.repoDigests()));
        }
      }
      Image merged = merge(images.get(added.id()), added);
      DurableFile.write(layout.config(added.id()), rawConfig);
      save(merged);
      for (Image image : changed) {
        save(image);
        images.put(image.id(), image);
      }
      images.put(merged.id(), merged);
      snapshot = new Snapshot(images.values());
      return merged;
    } catch (IOException e) {
      throw ImageException.from("recording image " + added.id(), e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds tags to an image that is there.
   *
   * @return null if it was removed meanwhile: its layers may be gone
   */
  public @Nullable Image addTags(Digest id, List<String> tags) {
    lock.lock();
    try {
      Image present = snapshot.byId(id);
      return present == null || present.removed()
          ? null
          : put(present.withTags(tags), rawConfig(present));
    } finally {
      lock.unlock();
    }
  }

  private static Image merge(@Nullable Image present, Image added) {
    if (present == null) {
      return added;
    }
    List<String> tags = new ArrayList<>(present.repoTags());
    tags.addAll(added.repoTags());
    List<String> digests = new ArrayList<>(present.repoDigests());
    digests.addAll(added.repoDigests());
    return added.withNames(tags, digests);
  }

  private void save(Image image) throws IOException {
    DurableFile.write(layout.record(image.id()), Json.MAPPER.writeValueAsBytes(image));
  }

  /**
   * Removes the image with all its names; nothing happens if there is none. While a container uses
   * it, it is no longer listed but its layers stay, until {@link #sweep}.
   */
  public void remove(String idOrReference) {
    List<Path> doomed;
    lock.lock();
    try {
      Image image = snapshot.find(idOrReference);
      if (image != null) {
        if (isNeeded(image)) {
          save(image.asRemoved());
        }
        replace(image.asRemoved());
      }
      // Under the same lock, so that the record of what nobody needs goes at once: no lease comes
      // between, and one sync of the disk is enough.
      doomed = dropUnneeded();
    } catch (IOException e) {
      throw ImageException.from("removing image " + idOrReference, e);
    } finally {
      lock.unlock();
    }
    LayerStore.discard(doomed);
  }

  private boolean isNeeded(Image image) {
    return leases.containsKey(image.id()) || inUse.test(image.id());
  }

  private void replace(Image image) {
    List<Image> images = new ArrayList<>(snapshot.all());
    images.removeIf(other -> other.id().equals(image.id()));
    images.add(image);
    snapshot = new Snapshot(images);
  }

  /**
   * Frees what nothing needs any more: removed images that no container uses, and layers of no
   * image. To be called once the node's containers are known after a start, and when a container
   * that used a removed image is gone.
   */
  public void sweep() {
    LayerStore.discard(dropUnneeded());
  }

  private List<Path> dropUnneeded() {
    lock.lock();
    try {
      List<Image> kept = new ArrayList<>();
      for (Image image : snapshot.all()) {
        if (image.removed() && !isNeeded(image)) {
          DurableFile.delete(layout.record(image.id()));
          Files.deleteIfExists(layout.config(image.id()));
        } else {
          kept.add(image);
        }
      }
      snapshot = new Snapshot(kept);
      Set<String> needed = new HashSet<>();
      kept.forEach(image -> needed.addAll(image.layers()));
      return layers.sweep(needed);
    } catch (IOException e) {
      throw ImageException.from("freeing images", e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes hold of an image's layers for a container. Works for removed images too, for a container
   * that outlived its image's name.
   *
   * @throws ImageException.NotFound if the store has no such image
   */
  public Lease lease(Digest id) {
    lock.lock();
    try {
      Image image = snapshot.byId(id);
      if (image == null) {
        throw new ImageException.NotFound("image " + id + " is not on this node");
      }
      leases.merge(id, 1, Integer::sum);
      return new Lease(image, layers.directories(image));
    } finally {
      lock.unlock();
    }
  }

  /** What the store takes on disk; adds up numbers in memory. */
  public FsUsage usage() {
    return new FsUsage(layout.root(), layers.bytes(), layers.inodes());
  }

  /** A container's hold on an image: until it is closed, the layers stay. */
  public final class Lease implements AutoCloseable {
    private final Image image;
    private final List<Path> lowerDirectories;
    private boolean closed;

    private Lease(Image image, List<Path> lowerDirectories) {
      this.image = image;
      this.lowerDirectories = List.copyOf(lowerDirectories);
    }

    /** The image. */
    public Image image() {
      return image;
    }

    /** The layers' directories from the bottom up. */
    public List<Path> lowerDirectories() {
      return lowerDirectories;
    }

    /** Lets go; a second call does nothing. */
    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          leases.computeIfPresent(image.id(), (id, count) -> count == 1 ? null : count - 1);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
