package dev.carafe.agent.image;

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
 * One pull from beginning to end: reference, index, manifest, then the installer; no more than the
 * first where the node has what the reference means.
 */
final class RegistryPuller {
  private final RegistryClient registries;
  private final ImageInstaller installer;
  private final ImageStore store;

  RegistryPuller(RegistryClient registries, ImageInstaller installer, ImageStore store) {
    this.store = store;
    this.registries = registries;
    this.installer = installer;
  }

  Image pull(ImageReference reference, Credentials credentials) throws InterruptedException {
    try (RepositoryClient repository = registries.repository(reference, credentials)) {
      Digest digest = repository.resolve(reference);
      List<String> tags = reference.digest() == null ? reference.tags() : List.of();
      Image present = digest == null ? null : store.find(reference.withDigest(digest));
      if (present != null) {
        return store.put(present.withTags(tags), store.rawConfig(present));
      }
      RawManifest top =
          digest == null
              ? repository.taggedManifest(reference.version())
              : repository.manifest(digest);
      String what = "manifest of " + reference;
      Manifest.Image manifest =
          switch (Manifest.parse(top.bytes(), what)) {
            case Manifest.Image image -> image;
            case Manifest.Index index -> variant(repository, index, what);
          };
      return installer.install(
          reference.toString(),
          manifest,
          repository::blob,
          tags,
          List.of(reference.withDigest(top.digest())));
    }
  }

  private static Manifest.Image variant(
      RepositoryClient repository, Manifest.Index index, String what) throws InterruptedException {
    RawManifest chosen = repository.manifest(index.select(Platform.NODE, what).digest());
    if (Manifest.parse(chosen.bytes(), what) instanceof Manifest.Image image) {
      return image;
    }
    throw new ImageException.InvalidImage(what + " is an index of indexes", null);
  }
}
