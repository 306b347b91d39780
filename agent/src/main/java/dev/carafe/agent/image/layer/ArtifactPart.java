package dev.carafe.agent.image.layer;

import dev.carafe.agent.image.spec.Descriptor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a blob of an artifact becomes files, by its annotations and media type. */
final class ArtifactPart {
  /** Names of files, the stronger first: the image specification's, and that of model archives. */
  private static final List<String> TITLES =
      List.of("org.opencontainers.image.title", "org.cncf.model.filepath");

  /** What ORAS writes for a directory that it packed. */
  private static final String UNPACK = "io.deis.oras.content.unpack";

  private static final Set<String> LAYERS =
      Set.of(
          "application/vnd.oci.image.layer.v1.tar",
          "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.oci.image.layer.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.diff.tar.gzip");

  private ArtifactPart() {}

  /** An image's layer without a name of its own, or what says so. */
  static boolean isUnpacked(Descriptor part) {
    return "true".equals(part.annotations().get(UNPACK))
        || (LAYERS.contains(part.mediaType()) && title(part) == null);
  }

  /** The file, which all can read; without a title it is called as its digest. */
  static TarEntry file(Descriptor part) {
    String title = title(part);
    byte[] name =
        (title == null ? part.digest().toString().replace(':', '-') : title)
            .getBytes(StandardCharsets.UTF_8);
    return new TarEntry(
        Raw.of(name, 0, name.length),
        TarEntry.Type.FILE,
        part.size(),
        0644,
        0,
        0,
        0,
        0,
        "",
        0,
        0,
        Map.of());
  }

  private static @Nullable String title(Descriptor part) {
    return TITLES.stream()
        .map(part.annotations()::get)
        .filter(title -> title != null && !title.isEmpty())
        .findFirst()
        .orElse(null);
  }
}
