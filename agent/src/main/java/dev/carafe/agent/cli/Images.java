package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.ImportImageRequest;
import dev.carafe.agent.admin.v1.ImportedImage;
import dev.carafe.cri.v1.Image;
import dev.carafe.cri.v1.ListImagesRequest;
import io.grpc.Status;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code carafe image}. */
final class Images {
  private final Client client;
  private final PrintStream out;

  Images(Client client, PrintStream out) {
    this.client = requireNonNull(client, "client is null");
    this.out = requireNonNull(out, "out is null");
  }

  /**
   * Imports an archive and prints a line for each image.
   *
   * @param name the image's reference; null takes the archive's own names
   */
  void importArchive(String file, @Nullable String name) throws UsageException {
    Path archive = path(file);
    if (!Files.isRegularFile(archive)) {
      throw Status.NOT_FOUND
          .withDescription(archive + ": no such file; expected an OCI or docker archive")
          .asRuntimeException();
    }
    ImportImageRequest request =
        ImportImageRequest.newBuilder()
            .setPath(archive.toAbsolutePath().normalize().toString())
            .setReference(name == null ? "" : name)
            .build();
    List<ImportedImage> imported =
        client.admin(admin -> admin.importImage(request)).getImagesList();
    for (ImportedImage image : imported) {
      out.println(image.getId() + " " + String.join(" ", image.getRepoTagsList()));
    }
  }

  /** Prints the node's images as a table. */
  void list() {
    List<Image> images =
        client.images(s -> s.listImages(ListImagesRequest.getDefaultInstance())).getImagesList();
    out.println(row("IMAGE ID", "SIZE", "NAME"));
    for (Image image : images) {
      List<String> names =
          image.getRepoTagsList().isEmpty() ? List.of("<none>") : image.getRepoTagsList();
      names.forEach(name ->
          out.println(row(Sizes.shortId(image.getId()), Sizes.disk(image.getSize()), name)));
    }
  }

  private static String row(String id, String size, String name) {
    return "%-20s %10s  %s".formatted(id, size, name);
  }

  private static Path path(String file) throws UsageException {
    try {
      return Path.of(file);
    } catch (InvalidPathException notAPath) {
      throw new UsageException("carafe image import: " + notAPath.getMessage());
    }
  }
}
