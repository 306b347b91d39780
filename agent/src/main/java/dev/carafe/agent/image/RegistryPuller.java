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
      String what = "manifest of " + reference;
      return switch (Manifest.parse(top.bytes(), what)) {
        case Manifest.Image image ->
            install(reference, repository, digest, tags, top, image, progress);
        case Manifest.Index index -> {
          RawManifest chosen = repository.manifest(index.select(Platform.NODE, what).digest());
          if (Manifest.parse(chosen.bytes(), what) instanceof Manifest.Image image) {
            yield install(reference, repository, digest, tags, chosen, image, progress);
          }
          throw new ImageException.InvalidImage(what + " is an index of indexes", null);
        }
      };
    } catch (ImageException.DiskFull full) {
      // Layers that were finished before the disk was full are of no use to anybody.
      store.sweep();
      throw full;
    }
  }

  private Image install(
      ImageReference reference,
      RepositoryClient repository,
      Digest digest,
      List<String> tags,
      RawManifest raw,
      Manifest.Image image,
      Progress progress)
      throws InterruptedException {
    return installer.install(
        new Incoming(
            reference.toString(),
            image,
            raw.bytes(),
            repository::blob,
            tags,
            List.of(reference.withDigest(digest))),
        progress);
  }
}
