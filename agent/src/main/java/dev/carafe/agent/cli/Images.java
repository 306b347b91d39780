package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.AdminGrpc;
import dev.carafe.agent.admin.v1.ImportImageRequest;
import dev.carafe.agent.admin.v1.ImportedImage;
import dev.carafe.cri.v1.Image;
import dev.carafe.cri.v1.ImageServiceGrpc;
import dev.carafe.cri.v1.ListImagesRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code carafe image}. */
final class Images {
  private static final int SHORT_ID = "sha256:".length() + 12;

  private final Channel channel;
  private final Path socket;
  private final PrintStream out;

  Images(Channel channel, Path socket, PrintStream out) {
    this.channel = requireNonNull(channel, "channel is null");
    this.socket = requireNonNull(socket, "socket is null");
    this.out = requireNonNull(out, "out is null");
  }

  /** Imports an archive and prints a line for each image. */
  void importArchive(Path archive, @Nullable String name) {
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
        ask(() -> AdminGrpc.newBlockingStub(channel).importImage(request)).getImagesList();
    for (ImportedImage image : imported) {
      out.println(image.getId() + " " + String.join(" ", image.getRepoTagsList()));
    }
  }

  /** Prints the node's images as a table. */
  void list() {
    List<Image> images =
        ask(() ->
                ImageServiceGrpc.newBlockingStub(channel)
                    .listImages(ListImagesRequest.getDefaultInstance()))
            .getImagesList();
    out.println(row("IMAGE ID", "SIZE", "NAME"));
    for (Image image : images) {
      List<String> names =
          image.getRepoTagsList().isEmpty() ? List.of("<none>") : image.getRepoTagsList();
      names.forEach(name -> out.println(row(shortId(image.getId()), size(image), name)));
    }
  }

  private <T> T ask(java.util.function.Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException failure) {
      if (failure.getStatus().getCode() == Status.Code.UNAVAILABLE && failure.getCause() != null) {
        throw Status.UNAVAILABLE
            .withDescription(
                "carafed does not answer on unix://%s (%s); is it running, and may you use its socket?"
                    .formatted(socket, rootCause(failure)))
            .asRuntimeException();
      }
      throw failure;
    }
  }

  private static String rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static String row(String id, String size, String name) {
    return "%-20s %10s  %s".formatted(id, size, name);
  }

  private static String shortId(String id) {
    return id.length() <= SHORT_ID ? id : id.substring(0, SHORT_ID);
  }

  /** Decimal megabytes, as registries and disks count. */
  private static String size(Image image) {
    return String.format(Locale.ROOT, "%.1f MB", image.getSize() / 1e6);
  }
}
