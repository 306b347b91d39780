package dev.carafe.agent.admin;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.admin.v1.AdminGrpc;
import dev.carafe.agent.admin.v1.BlobProgress;
import dev.carafe.agent.admin.v1.ExportImageRequest;
import dev.carafe.agent.admin.v1.FetchImageRequest;
import dev.carafe.agent.admin.v1.ImageProgress;
import dev.carafe.agent.admin.v1.ImportImageRequest;
import dev.carafe.agent.admin.v1.NodeImage;
import dev.carafe.agent.cri.Calls;
import dev.carafe.agent.cri.CriCredentials;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.Progress;
import dev.carafe.agent.image.PullRequest;
import dev.carafe.agent.image.store.Image;
import dev.carafe.cri.v1.AuthConfig;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/** {@code carafe.admin.v1.Admin}. Thread-safe. */
public final class AdminService extends AdminGrpc.AdminImplBase {
  private final ImageService images;
  private final Transfers transfers = new Transfers(new Calls());

  /** The service over these parts. */
  public AdminService(ImageService images) {
    this.images = requireNonNull(images, "images is null");
  }

  @Override
  public void fetchImage(FetchImageRequest request, StreamObserver<ImageProgress> observer) {
    transfers.run(
        "FetchImage",
        observer,
        watcher -> {
          String reference = request.getReference();
          AuthConfig auth = AuthConfig.newBuilder().setAuth(request.getAuth()).build();
          Image image =
              images.pull(
                  new PullRequest(reference, CriCredentials.from(auth, reference), null), watcher);
          return ImageProgress.newBuilder().addImages(message(image));
        });
  }

  @Override
  public void importImage(ImportImageRequest request, StreamObserver<ImageProgress> observer) {
    transfers.run(
        "ImportImage",
        observer,
        watcher -> {
          Path archive = path(request.getPath());
          if (!Files.isRegularFile(archive) && !Files.isDirectory(archive)) {
            throw Failure.notFound(
                "path = \"%s\": carafed sees no such file or directory".formatted(archive));
          }
          String reference = request.getReference().isEmpty() ? null : request.getReference();
          Progress progress = new Progress();
          watcher.accept(progress);
          ImageProgress.Builder last = ImageProgress.newBuilder();
          images
              .importArchive(archive, reference, progress)
              .forEach(image -> last.addImages(message(image)));
          return last;
        });
  }

  @Override
  public void exportImage(ExportImageRequest request, StreamObserver<ImageProgress> observer) {
    transfers.run(
        "ExportImage",
        observer,
        watcher -> {
          Path file = path(request.getPath());
          if (Files.isDirectory(file) || !Files.isDirectory(file.resolveSibling("."))) {
            throw Failure.invalid(
                "path = \"%s\": expected a file in a directory that is there".formatted(file));
          }
          Image image = images.find(request.getImage());
          Progress progress = new Progress();
          watcher.accept(progress);
          ImageProgress.Builder last = ImageProgress.newBuilder();
          last.setManifest(images.exportArchive(request.getImage(), file, progress).toString());
          return image == null ? last : last.addImages(message(image));
        });
  }

  /** The path of a request; failures name it, for the store's own errors come too late to. */
  private static Path path(String text) {
    Path file;
    try {
      file = Path.of(text);
    } catch (InvalidPathException notAPath) {
      throw Failure.invalid("path is not one: " + notAPath.getMessage(), notAPath);
    }
    if (!file.isAbsolute()) {
      throw Failure.invalid(
          "path = \"%s\": expected an absolute path, for carafed has a working directory of its own"
              .formatted(text));
    }
    return file;
  }

  private static NodeImage message(Image image) {
    return NodeImage.newBuilder()
        .setId(image.id().toString())
        .addAllRepoTags(image.repoTags())
        .addAllRepoDigests(image.repoDigests())
        .setSize(image.size())
        .build();
  }

  /** A blob as clients see it. */
  static BlobProgress message(Progress.Blob blob) {
    return BlobProgress.newBuilder()
        .setDigest(blob.digest().toString())
        .setSize(blob.size())
        .setDone(blob.done())
        .setState(blob.state().name().toLowerCase(Locale.ROOT))
        .build();
  }
}
