package dev.carafe.agent.image.store;

import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All images at one moment, removed ones included. Immutable. */
final class Snapshot {
  private final Map<String, Image> byId;
  private final Map<String, Image> byName;
  private final List<Image> listed;

  Snapshot(Collection<Image> images) {
    Map<String, Image> ids = new TreeMap<>();
    Map<String, Image> names = new HashMap<>();
    for (Image image : images) {
      ids.put(image.id().hex(), image);
      image.repoTags().forEach(tag -> names.put(tag, image));
      image.repoDigests().forEach(digest -> names.put(digest, image));
    }
    byId = Map.copyOf(ids);
    byName = Map.copyOf(names);
    listed = ids.values().stream().filter(image -> !image.removed()).toList();
  }

  List<Image> listed() {
    return listed;
  }

  Collection<Image> all() {
    return byId.values();
  }

  /** By exact id, removed ones included. */
  @Nullable Image byId(Digest id) {
    return byId.get(id.hex());
  }

  /**
   * By id, with or without {@code sha256:}, by a prefix of it that fits one image, or by any
   * reference.
   */
  @Nullable Image find(String idOrReference) {
    String hex = idOrReference.startsWith("sha256:") ? idOrReference.substring(7) : idOrReference;
    Image exact = byId.get(hex);
    if (exact != null) {
      return exact.removed() ? null : exact;
    }
    Image named = idOrReference.startsWith("sha256:") ? null : byReference(idOrReference);
    return named != null ? named : byPrefix(hex);
  }

  private @Nullable Image byReference(String text) {
    ImageReference reference;
    try {
      reference = ImageReference.parse(text);
    } catch (ImageException.InvalidReference e) {
      return null;
    }
    Digest digest = reference.digest();
    return byName.get(digest == null ? reference.toString() : reference.withDigest(digest));
  }

  private @Nullable Image byPrefix(String hex) {
    if (hex.isEmpty() || !Digest.isLowerHex(hex)) {
      return null;
    }
    List<Image> matches =
        listed.stream().filter(image -> image.id().hex().startsWith(hex)).limit(2).toList();
    if (matches.size() > 1) {
      throw new ImageException.InvalidReference(
          "image id %s fits more than one image: give more digits".formatted(hex));
    }
    return matches.isEmpty() ? null : matches.getFirst();
  }
}
