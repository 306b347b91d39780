package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.registry.Credentials;
import dev.carafe.agent.image.registry.RegistryClient;
import dev.carafe.agent.image.registry.RepositoryClient;
import dev.carafe.agent.image.registry.RepositoryClient.RawManifest;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.spec.Manifest;
import dev.carafe.agent.image.spec.Platform;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.image.store.ImageStore;
import java.util.List;

/**
 * One pull from beginning to end: reference, policy, index, manifest, then the installer; no more
 * than the first two where the node has what the reference means.
 */
final class RegistryPuller {
  private final RegistryClient registries;
  private final ImageVerifier verifier;
  private final ImageInstaller installer;
  private final ImageStore store;

  RegistryPuller(
      RegistryClient registries,
      ImageVerifier verifier,
      ImageInstaller installer,
      ImageStore store) {
    this.registries = registries;
    this.verifier = verifier;
    this.installer = installer;
    this.store = store;
  }

  Image pull(ImageReference reference, Credentials credentials, Progress progress)
      throws InterruptedException {
    try (RepositoryClient repository = registries.repository(reference, credentials)) {
      Digest told = repository.resolve(reference);
      RawManifest tagged = told == null ? repository.taggedManifest(reference.version()) : null;
      Digest digest = told == null ? requireNonNull(tagged).digest() : told;
      verifier.verify(reference, digest);
      List<String> tags = reference.digest() == null ? reference.tags() : List.of();
      Image known = store.find(reference.withDigest(digest));
      Image present = known == null ? null : store.addTags(known.id(), tags);
      if (present != null) {
        return present;
      }
      RawManifest top = tagged == null ? repository.manifest(digest) : tagged;
      RawManifest raw = forThisNode(repository, top, reference);
      return installer.install(
          new Incoming(
              reference.toString(),
              image(raw, reference),
              raw.bytes(),
              repository::blob,
              tags,
              List.of(reference.withDigest(digest))),
          progress);
    } catch (ImageException.DiskFull full) {
      // Layers that were finished before the disk was full are of no use to anybody.
      store.sweep();
      throw full;
    }
  }

  /** The manifest that an index has for this platform; without an index the one that came. */
  private static RawManifest forThisNode(
      RepositoryClient repository, RawManifest top, ImageReference reference)
      throws InterruptedException {
    return switch (Manifest.parse(top.bytes(), what(reference))) {
      case Manifest.Image image -> top;
      case Manifest.Index index ->
          repository.manifest(index.select(Platform.NODE, what(reference)).digest());
    };
  }

  private static Manifest.Image image(RawManifest raw, ImageReference reference) {
    return switch (Manifest.parse(raw.bytes(), what(reference))) {
      case Manifest.Image image -> image;
      case Manifest.Index index ->
          throw new ImageException.InvalidImage(what(reference) + " is an index of indexes", null);
    };
  }

  private static String what(ImageReference reference) {
    return "manifest of " + reference;
  }
}
