package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.layer.LayerUnpacker;
import dev.carafe.agent.image.registry.HostsDirectory;
import dev.carafe.agent.image.registry.RegistryClient;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.store.FsUsage;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import dev.carafe.agent.metrics.Metrics;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The node's images, as the CRI's image service and the container engine see them. Thread-safe.
 * Reads ({@link #list}, {@link #find}, {@link #usage}) never wait and fit an event loop; {@link
 * #pull}, {@link #importArchive}, {@link #exportArchive}, {@link #remove}, {@link #sweep} and
 * {@link #lease} block and belong on virtual threads. Errors are {@link
 * dev.carafe.agent.image.spec.ImageException}s.
 */
public final class ImageService implements AutoCloseable {
  private final ImageStore store;
  private final ArchiveImporter importer;
  private final ArchiveExporter exporter;
  private final RegistryClient registries;
  private final PullFlights flights;
  private final PinnedImages pinned;

  private ImageService(
      ImageStore store, ImageSettings settings, RegistryClient registries, Metrics metrics) {
    ImageInstaller installer =
        new ImageInstaller(store, new LayerUnpacker(settings.limits()), Clock.systemUTC());
    this.store = store;
    this.importer = new ArchiveImporter(installer, store);
    this.exporter = new ArchiveExporter(store);
    this.registries = registries;
    this.flights =
        new PullFlights(
            new RegistryPuller(registries, settings.verifier(), installer, store)::pull,
            new PullSeries(metrics));
    this.pinned = settings.pinned();
  }

  /** A service whose pulls nobody counts. */
  public static ImageService open(ImageSettings settings, Predicate<Digest> inUse) {
    return open(settings, inUse, Metrics.NONE);
  }

  /**
   * Opens the store and cleans up what an earlier run left half-made. {@link #sweep} frees more,
   * once containers are known.
   *
   * @param inUse whether a container of this node runs on an image; must answer at once and not
   *     call this service
   */
  public static ImageService open(
      ImageSettings settings, Predicate<Digest> inUse, Metrics metrics) {
    requireNonNull(settings, "settings is null");
    return new ImageService(
        ImageStore.open(settings.directory(), inUse),
        settings,
        new RegistryClient(
            () -> new HostsDirectory(settings.hostsDirectory().get()), settings.progressTimeout()),
        metrics);
  }

  /** All images, or the one that {@code filter} (an id or a reference) names. */
  public List<Image> list(@Nullable String filter) {
    if (filter == null || filter.isEmpty()) {
      return store.list();
    }
    Image image = store.find(filter);
    return image == null ? List.of() : List.of(image);
  }

  /**
   * The image with that id ({@code sha256:} and tail of the digits may lack) or reference; null if
   * the node has none.
   */
  public @Nullable Image find(String idOrReference) {
    return store.find(idOrReference);
  }

  /** The image's configuration, byte for byte. */
  public byte[] rawConfig(Image image) {
    return store.rawConfig(image);
  }

  /**
   * Brings an image from its registry; what the node has of it already is not fetched again, but
   * the registry is always asked, with the caller's credentials. Interrupt the calling thread to
   * give up: the pull goes on if others wait for it, else it stops.
   */
  public Image pull(PullRequest request) throws InterruptedException {
    return pull(request, progress -> {});
  }

  /**
   * As {@link #pull(PullRequest)}.
   *
   * @param watcher is given, before the wait, what tells how far the pull is
   */
  public Image pull(PullRequest request, Consumer<Progress> watcher) throws InterruptedException {
    return flights.pull(ImageReference.parse(request.reference()), request, watcher);
  }

  /** Whether the operator wants the image to stay: it is not removed. */
  public boolean isPinned(Image image) {
    return pinned.pins(image);
  }

  /**
   * Removes the image under all its names. An unknown image is no error. Layers that a container
   * runs on stay until it is gone.
   *
   * @throws ImageException.Pinned if the operator wants it to stay
   */
  public void remove(String idOrReference) {
    Image image = store.find(idOrReference);
    if (image != null && pinned.pins(image)) {
      throw new ImageException.Pinned(
          "image %s is pinned by image.pinned = %s; take it out there first"
              .formatted(idOrReference, pinned.patterns()));
    }
    store.remove(idOrReference);
  }

  /** Frees what no image and no container needs. */
  public void sweep() {
    store.sweep();
  }

  /** What the image file system holds for images. */
  public FsUsage usage() {
    return store.usage();
  }

  /** Takes hold of an image for a container: its layers stay until the lease is closed. */
  public ImageStore.Lease lease(Digest imageId) {
    return store.lease(imageId);
  }

  /**
   * Imports an OCI image layout, a directory or a tar file of one, or a docker archive; files may
   * be compressed.
   *
   * @param reference the image's name here; null to take the names that the archive carries
   * @return the images, in the archive's order; without names they can be found by id
   */
  public List<Image> importArchive(Path archive, @Nullable String reference)
      throws InterruptedException {
    return importArchive(archive, reference, new Progress());
  }

  /** As {@link #importArchive(Path, String)}, and tells how far it is. */
  public List<Image> importArchive(Path archive, @Nullable String reference, Progress progress)
      throws InterruptedException {
    return importer.importArchive(
        archive, reference == null ? null : ImageReference.parse(reference), progress);
  }

  /**
   * Writes an image to a file as an OCI image layout in a tar. Its id and the digests of its layers
   * when uncompressed stay the same; the manifest is a new one, for layers are kept unpacked.
   *
   * @param file is there afterwards as a whole, or as it was
   * @return the digest of the manifest in the file
   * @throws ImageException.NotFound if there is no such image
   */
  public Digest exportArchive(String idOrReference, Path file, Progress progress)
      throws InterruptedException {
    return exporter.export(idOrReference, file, progress);
  }

  /** Cancels the pulls that are under way. */
  @Override
  public void close() {
    flights.close();
    registries.close();
  }
}
