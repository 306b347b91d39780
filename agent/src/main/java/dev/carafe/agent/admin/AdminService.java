package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.AdminGrpc;
import dev.carafe.agent.admin.v1.ImportImageRequest;
import dev.carafe.agent.admin.v1.ImportImageResponse;
import dev.carafe.agent.admin.v1.ImportedImage;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.store.Image;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** {@code carafe.admin.v1.Admin}. Thread-safe. */
public final class AdminService extends AdminGrpc.AdminImplBase {
  private final ImageService images;
  private final Calls calls = new Calls();

  /** The service over these parts. */
  public AdminService(ImageService images) {
    this.images = requireNonNull(images, "images is null");
  }

  @Override
  public void importImage(
      ImportImageRequest request, StreamObserver<ImportImageResponse> observer) {
    calls.blocking(
        "ImportImage",
        observer,
        () -> {
          String reference = request.getReference().isEmpty() ? null : request.getReference();
          ImportImageResponse.Builder response = ImportImageResponse.newBuilder();
          images
              .importArchive(archive(request.getPath()), reference)
              .forEach(image -> response.addImages(imported(image)));
          return response.build();
        });
  }

  /** The file of a request; failures name it, for the store's own errors come too late to. */
  private static Path archive(String path) {
    Path file;
    try {
      file = Path.of(path);
    } catch (InvalidPathException notAPath) {
      throw Failure.invalid("path is not one: " + notAPath.getMessage(), notAPath);
    }
    if (!file.isAbsolute()) {
      throw Failure.invalid(
          "path = \"%s\": expected an absolute path, for carafed has a working directory of its own"
              .formatted(path));
    }
    if (!Files.isRegularFile(file)) {
      throw Failure.notFound("path = \"%s\": carafed sees no such file".formatted(path));
    }
    return file;
  }

  private static ImportedImage imported(Image image) {
    return ImportedImage.newBuilder()
        .setId(image.id().toString())
        .addAllRepoTags(image.repoTags())
        .setSize(image.size())
        .build();
  }
}
