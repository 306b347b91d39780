package dev.carafe.e2e.images;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An OCI image layout folder whose index carries a full image name in each entry's {@code
 * org.opencontainers.image.ref.name}, as {@code e2e/images/build} writes it. Immutable; its files
 * are read when asked for.
 */
public final class ImageLayout {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final Path root;
  private final Map<ImageName, Descriptor> images;

  private ImageLayout(Path root, Map<ImageName, Descriptor> images) {
    this.root = root;
    this.images = Collections.unmodifiableMap(images);
  }

  /**
   * Reads the index of the layout at {@code root}.
   *
   * @throws IOException if there is no readable index
   * @throws IllegalArgumentException if an entry has no full name, or two have the same one
   */
  public static ImageLayout read(Path root) throws IOException {
    Path file = requireNonNull(root, "root").resolve("index.json");
    Map<ImageName, Descriptor> images = new LinkedHashMap<>();
    for (JsonNode entry : new ObjectMapper().readTree(file.toFile()).path("manifests")) {
      ImageName name = ImageName.parse(entry.path("annotations").path(REF_NAME).asText());
      Descriptor descriptor =
          new Descriptor(
              entry.path("mediaType").asText(),
              entry.path("digest").asText(),
              entry.path("size").asLong());
      if (images.putIfAbsent(name, descriptor) != null) {
        throw new IllegalArgumentException(file + " has two entries named " + name);
      }
    }
    return new ImageLayout(root, images);
  }

  /** Every image by its full name, in the order of the index. */
  public Map<ImageName, Descriptor> images() {
    return images;
  }

  /**
   * Whether {@code digest} has the form that names a blob; anything else could name a file outside.
   */
  public static boolean isDigest(String digest) {
    return DIGEST.matcher(digest).matches();
  }

  /**
   * The file with the content of {@code digest}; it need not exist.
   *
   * @throws IllegalArgumentException if it is not {@code sha256:} and 64 hexadecimal digits
   */
  public Path blob(String digest) {
    if (!isDigest(digest)) {
      throw new IllegalArgumentException(
          "digest '" + digest + "', expected sha256:<64 hex digits>");
    }
    return root.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
  }

  /** The bytes of {@code digest}. */
  public byte[] content(String digest) throws IOException {
    return Files.readAllBytes(blob(digest));
  }
}
