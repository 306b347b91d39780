package dev.carafe.e2e.registry;

import dev.carafe.e2e.images.Descriptor;
import dev.carafe.e2e.images.ImageLayout;
import dev.carafe.e2e.images.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The images of one layout, seen as a registry sees them: by repository and tag or digest. The
 * registry of a name matters only where a mirror request says it ({@code ?ns=HOST}); two registries
 * may hold different images of one name. Immutable.
 */
record Catalog(ImageLayout layout) {

  /**
   * The manifest of {@code repository} that {@code reference} names.
   *
   * @param namespace the registry's host, or empty for whichever has it
   * @param reference a tag, or a digest of any manifest in the layout
   */
  Optional<Descriptor> manifest(String namespace, String repository, String reference)
      throws IOException {
    if (!has(namespace, repository)) {
      return Optional.empty();
    }
    for (Map.Entry<ImageName, Descriptor> image : layout.images().entrySet()) {
      ImageName name = image.getKey();
      Descriptor descriptor = image.getValue();
      boolean here = matches(name, namespace, repository) && name.tag().equals(reference);
      if (here || descriptor.digest().equals(reference)) {
        return Optional.of(descriptor);
      }
    }
    return nested(reference);
  }

  /**
   * A manifest below an index: it has no entry of its own, its media type is in its first bytes.
   */
  private Optional<Descriptor> nested(String reference) throws IOException {
    if (!ImageLayout.isDigest(reference) || !Files.isRegularFile(layout.blob(reference))) {
      return Optional.empty();
    }
    byte[] content = layout.content(reference);
    return Optional.of(new Descriptor(MediaTypes.ofManifest(content), reference, content.length));
  }

  /** The file of a blob, if {@code repository} exists and the layout has it. */
  Optional<Path> blob(String namespace, String repository, String digest) {
    if (!has(namespace, repository) || !ImageLayout.isDigest(digest)) {
      return Optional.empty();
    }
    Path file = layout.blob(digest);
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /**
   * The tags of {@code repository} in the order of the index; empty if there is no such repository.
   */
  List<String> tags(String namespace, String repository) {
    List<String> tags = new ArrayList<>();
    for (ImageName name : layout.images().keySet()) {
      if (matches(name, namespace, repository) && !tags.contains(name.tag())) {
        tags.add(name.tag());
      }
    }
    return tags;
  }

  /** Every registry that the layout's names mention. */
  SortedSet<String> hosts() {
    SortedSet<String> hosts = new TreeSet<>();
    for (ImageName name : layout.images().keySet()) {
      hosts.add(name.host());
    }
    return hosts;
  }

  private boolean has(String namespace, String repository) {
    return !tags(namespace, repository).isEmpty();
  }

  private static boolean matches(ImageName name, String namespace, String repository) {
    return name.repository().equals(repository)
        && (namespace.isEmpty() || namespace.equals(name.host()));
  }
}
