package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.image.ImageService;
import dev.carafe.agent.image.PullRequest;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.name.Times;
import dev.carafe.cri.v1.ImageFilter;
import dev.carafe.cri.v1.ImageFsInfoRequest;
import dev.carafe.cri.v1.ImageFsInfoResponse;
import dev.carafe.cri.v1.ImageServiceGrpc;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ImageStatusResponse;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.ListImagesResponse;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.PullImageResponse;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.cri.v1.RemoveImageResponse;
import dev.carafe.cri.v1.StreamImagesRequest;
import dev.carafe.cri.v1.StreamImagesResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The CRI's ImageService, thin. */
public final class ImageCalls extends ImageServiceGrpc.ImageServiceImplBase {
  private final ImageService images;
  private final Statistics stats;
  private final VerboseInfo info;
  private final RuntimeHandlers handlers;
  private final InstantSource clock;
  private final Calls calls = new Calls();
  private final Rendered<Image, dev.carafe.cri.v1.Image> messages;

  /** The service over these parts. */
  public ImageCalls(
      ImageService images,
      Statistics stats,
      VerboseInfo info,
      RuntimeHandlers handlers,
      InstantSource clock) {
    this.images = requireNonNull(images, "images is null");
    this.messages =
        new Rendered<>(
            image -> ImageMapper.image(image, images.isPinned(image)),
            dev.carafe.cri.v1.Image.parser());
    this.stats = requireNonNull(stats, "stats is null");
    this.info = requireNonNull(info, "info is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  @Override
  public void listImages(ListImagesRequest request, StreamObserver<ListImagesResponse> observer) {
    Calls.quick(
        "ListImages",
        observer,
        () -> ListImagesResponse.newBuilder().addAllImages(images(request.getFilter())).build());
  }

  @Override
  public void streamImages(
      StreamImagesRequest request, StreamObserver<StreamImagesResponse> observer) {
    calls.listing(
        "StreamImages",
        observer,
        () -> images(request.getFilter()),
        items -> StreamImagesResponse.newBuilder().addAllImages(items).build());
  }

  private List<dev.carafe.cri.v1.Image> images(ImageFilter filter) {
    return images.list(filter.getImage().getImage()).stream().map(messages::of).toList();
  }

  @Override
  public void imageStatus(
      ImageStatusRequest request, StreamObserver<ImageStatusResponse> observer) {
    calls.quickUnless(
        request.getVerbose(),
        "ImageStatus",
        observer,
        () -> {
          Image image =
              images.find(Requests.required("image.image", request.getImage().getImage()));
          ImageStatusResponse.Builder response = ImageStatusResponse.newBuilder();
          if (image != null) {
            response.setImage(messages.of(image));
            if (request.getVerbose()) {
              response.putInfo("info", info.image(image));
            }
          }
          return response.build();
        });
  }

  @Override
  public void pullImage(PullImageRequest request, StreamObserver<PullImageResponse> observer) {
    Duration timeout = remaining(Context.current().getDeadline());
    calls.blocking(
        "PullImage",
        observer,
        () -> {
          String reference = Requests.required("image.image", request.getImage().getImage());
          handlers.require(request.getImage().getRuntimeHandler());
          Image image =
              images.pull(
                  new PullRequest(
                      reference, CriCredentials.from(request.getAuth(), reference), timeout));
          return PullImageResponse.newBuilder().setImageRef(image.id().toString()).build();
        });
  }

  @Override
  public void removeImage(
      RemoveImageRequest request, StreamObserver<RemoveImageResponse> observer) {
    calls.blocking(
        "RemoveImage",
        observer,
        () -> {
          images.remove(Requests.required("image.image", request.getImage().getImage()));
          return RemoveImageResponse.getDefaultInstance();
        });
  }

  @Override
  public void imageFsInfo(
      ImageFsInfoRequest request, StreamObserver<ImageFsInfoResponse> observer) {
    calls.blocking(
        "ImageFsInfo",
        observer,
        () -> {
          long now = Times.nanos(clock);
          return ImageFsInfoResponse.newBuilder()
              .addImageFilesystems(ImageMapper.usage(images.usage(), now))
              .addContainerFilesystems(stats.containerFs(now))
              .build();
        });
  }

  private static @Nullable Duration remaining(@Nullable Deadline deadline) {
    return deadline == null
        ? null
        : Duration.ofNanos(Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
