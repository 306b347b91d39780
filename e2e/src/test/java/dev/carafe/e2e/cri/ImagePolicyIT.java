package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.AuthConfig;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.cri.v1.Image;
import dev.carafe.cri.v1.ImageFilter;
import dev.carafe.cri.v1.ImageFsInfoRequest;
import dev.carafe.cri.v1.ImageFsInfoResponse;
import dev.carafe.cri.v1.ImageServiceGrpc;
import dev.carafe.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ImageStatusRequest;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.PullImageRequest;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.cri.v1.StreamImagesRequest;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.registry.MemoryImage;
import dev.carafe.e2e.registry.UnrulyRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Status.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an operator decides of images, what a wrong request is told, and what is counted. */
class ImagePolicyIT {
  private static final Path VERIFIER = verifier();
  private static final int METRICS = freePort();

  @RegisterExtension
  static final CriNode NODE =
      CriNode.with(
          """
          [image]
          verifier = "%s"
          pinned = ["policy.test/pinned:*"]
          [metrics]
          listen = "127.0.0.1:%d"
          """
              .formatted(VERIFIER, METRICS));

  private static UnrulyRegistry registry;
  private static MemoryImage image;

  private static Path verifier() {
    try {
      Path file = Files.createTempFile("carafe-verifier", "");
      Files.writeString(
          file,
          """
          #!/bin/sh
          read -r asked
          case $asked in
            *policy.test/unsigned:1*sha256:*) echo "no signature of ours" >&2; exit 1;;
          esac
          """);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeAll
  static void serve() throws IOException {
    image = MemoryImage.of(1000);
    registry = UnrulyRegistry.start(image);
    NODE.node().mirror(registry.url().toString(), "policy.test");
  }

  @AfterAll
  static void close() throws IOException {
    registry.close();
    Files.delete(VERIFIER);
  }

  private static ImageServiceBlockingStub images() {
    return NODE.node().client().images();
  }

  private static ImageSpec spec(String name) {
    return ImageSpec.newBuilder().setImage(name).build();
  }

  private static void remove(String name) {
    images().removeImage(RemoveImageRequest.newBuilder().setImage(spec(name)).build());
  }

  private static Image status(String name) {
    return images()
        .imageStatus(ImageStatusRequest.newBuilder().setImage(spec(name)).build())
        .getImage();
  }

  private static String pull(ImageSpec spec, AuthConfig auth) {
    return images()
        .pullImage(PullImageRequest.newBuilder().setImage(spec).setAuth(auth).build())
        .getImageRef();
  }

  /** A kubelet knows a refusal by how it begins, and only where the code is UNKNOWN. */
  @Test
  void whatTheVerifierRefusesIsNotPulledEvenIfItIsThere() {
    NODE.node().pull("policy.test/signed:1");
    long before = registry.requestsFor(image.layers().getFirst()).size();
    assertThat(CriNode.refusal(() -> NODE.node().pull("policy.test/unsigned:1")))
        .satisfies(refusal -> {
          assertThat(refusal.getCode()).isEqualTo(Code.UNKNOWN);
          assertThat(refusal.getDescription())
              .startsWith("SignatureValidationFailed: pulling policy.test/unsigned:1")
              .contains(image.manifest())
              .endsWith("no signature of ours");
        });
    assertThat(registry.requestsFor(image.layers().getFirst())).hasSize((int) before);
    assertThat(status("policy.test/unsigned:1").getId()).isEmpty();
    remove("policy.test/signed:1");
  }

  @Test
  void aPinnedImageSaysSoAndIsNotRemoved() {
    String id = NODE.node().pull("policy.test/pinned:7");
    assertThat(status("policy.test/pinned:7").getPinned()).isTrue();
    assertThat(
            images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList().stream()
                .filter(Image::getPinned))
        .extracting(Image::getId)
        .containsExactly(id);
    for (String name : List.of("policy.test/pinned:7", id)) {
      assertRefused(Code.FAILED_PRECONDITION, () -> remove(name), name, "image.pinned");
    }
    assertThat(status(id).getId()).isEqualTo(id);
  }

  @Test
  void noRpcIsLeftOut() {
    assertThat(ImageServiceGrpc.getServiceDescriptor().getMethods())
        .extracting(MethodDescriptor::getBareMethodName)
        .containsExactlyInAnyOrder(
            "ListImages", "StreamImages", "ImageStatus", "PullImage", "RemoveImage", "ImageFsInfo");
  }

  @Test
  void anEmptyNameIsInvalid() {
    assertRefused(
        Code.INVALID_ARGUMENT, () -> pull(spec(""), AuthConfig.getDefaultInstance()), "image");
    assertRefused(Code.INVALID_ARGUMENT, () -> status(""), "image");
    assertRefused(Code.INVALID_ARGUMENT, () -> remove(""), "image");
  }

  @Test
  void anUnknownImageIsAbsentAndNoError() {
    for (String name : List.of("policy.test/none:1", "sha256:" + "0".repeat(64), "Not a//name")) {
      assertThat(status(name).getId()).isEmpty();
      remove(name);
      ImageFilter filter = ImageFilter.newBuilder().setImage(spec(name)).build();
      assertThat(
              images()
                  .listImages(ListImagesRequest.newBuilder().setFilter(filter).build())
                  .getImagesList())
          .isEmpty();
      assertThat(images().streamImages(StreamImagesRequest.newBuilder().setFilter(filter).build()))
          .toIterable()
          .isEmpty();
    }
  }

  @Test
  void aMalformedPullSaysWhatIsWrong() {
    AuthConfig nobody = AuthConfig.getDefaultInstance();
    assertRefused(
        Code.INVALID_ARGUMENT, () -> pull(spec("policy.test/Upper:1"), nobody), "Upper", "lower");
    assertRefused(
        Code.INVALID_ARGUMENT, () -> pull(spec("policy.test/a@sha256:12"), nobody), "sha256:12");
    String id = "sha256:" + "a".repeat(64);
    assertRefused(Code.INVALID_ARGUMENT, () -> pull(spec(id), nobody), id, "registry");
    assertRefused(
        Code.INVALID_ARGUMENT,
        () ->
            pull(spec("policy.test/a:1").toBuilder().setRuntimeHandler("no-such").build(), nobody),
        "no-such");
    assertRefused(
        Code.INVALID_ARGUMENT,
        () -> pull(spec("policy.test/a:1"), AuthConfig.newBuilder().setAuth("!").build()),
        "base64");
  }

  @Test
  void aMissingImageIsNotFoundWhereTheRegistrySaysSo() throws Exception {
    NODE.node().mirror(registry.url() + "/none", "absent.test");
    try (UnrulyRegistry empty = UnrulyRegistry.start(image)) {
      empty.always((exchange, blob) -> UnrulyRegistry.text(exchange, 404, "no such image"));
      NODE.node().mirror(empty.url().toString(), "absent.test");
      assertRefused(
          Code.NOT_FOUND,
          () -> NODE.node().pull("absent.test/app:1"),
          "absent.test/app:1",
          empty.host(),
          "404");
    }
  }

  @Test
  void aDigestAloneNamesAnImage() {
    String name = "policy.test/digest@" + image.manifest();
    assertThat(NODE.node().pull(name)).isEqualTo(image.config());
    assertThat(status(name).getId()).isEqualTo(image.config());
    assertThat(status(name).getRepoDigestsList()).contains(name);
  }

  /** All handlers share their images, so that no answer tells them apart (KEP-4216). */
  @Test
  void aContainersImageIsShownAsItsAuthorWroteItAndForNoHandler() {
    Workload pod = NODE.pod();
    String id =
        pod.create(
            CriNode.shell("c", "true")
                .setImage(
                    ImageSpec.newBuilder()
                        .setImage(CriNode.BUSYBOX)
                        .setUserSpecifiedImage("busybox")
                        .setRuntimeHandler("carafe"))
                .build());
    ContainerStatus shown = NODE.status(id);
    assertThat(shown.getImage().getUserSpecifiedImage()).isEqualTo("busybox");
    assertThat(shown.getImage().getImage()).isEqualTo(CriNode.BUSYBOX);
    assertThat(shown.getImage().getRuntimeHandler()).isEmpty();
    assertThat(shown.getImageId()).isEqualTo(status(CriNode.BUSYBOX).getId());
    assertThat(status(CriNode.BUSYBOX).getSpec().getRuntimeHandler()).isEmpty();
    pod.remove();
  }

  @Test
  void bothFileSystemsAreToldFromTheFirstAnswerOn() {
    ImageFsInfoResponse told = images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
    FilesystemUsage imageFs = told.getImageFilesystems(0);
    assertThat(imageFs.getUsedBytes().getValue()).isPositive();
    assertThat(imageFs.getInodesUsed().getValue()).isPositive();
    assertThat(imageFs.getFsId().getMountpoint())
        .isEqualTo(NODE.node().settings().root().resolve("images").toString());
    FilesystemUsage containerFs = told.getContainerFilesystems(0);
    assertThat(containerFs.getFsId().getMountpoint())
        .isEqualTo(NODE.node().settings().root().toString());
    assertThat(containerFs.getTimestamp()).isPositive();
  }

  @Test
  void pullsAreCounted() throws Exception {
    double before = value("carafe_image_pulls_total\\{result=\"ok\"\\}");
    double refused = value("carafe_image_pulls_total\\{result=\"refused\"\\}");
    NODE.node().pull("policy.test/counted:1");
    assertThat(CriNode.refusal(() -> NODE.node().pull("policy.test/unsigned:1")).getCode())
        .isEqualTo(Code.UNKNOWN);
    assertThat(value("carafe_image_pulls_total\\{result=\"ok\"\\}")).isEqualTo(before + 1);
    assertThat(value("carafe_image_pulls_total\\{result=\"refused\"\\}")).isEqualTo(refused + 1);
    assertThat(value("carafe_image_pull_duration_seconds_count\\{result=\"ok\"\\}"))
        .isEqualTo(before + 1);
    assertThat(value("carafe_image_pull_bytes_total")).isPositive();
    assertThat(value("carafe_image_pulls_active")).isZero();
    assertThat(value("carafe_container_events_dropped_total")).isZero();
  }

  /** A series that is there once something was counted; 0 before. */
  private static double value(String series) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String all =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + METRICS + "/metrics"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      List<MatchResult> found =
          Pattern.compile("(?m)^" + series + " ([0-9.E+-]+)$").matcher(all).results().toList();
      return found.isEmpty() ? 0 : Double.parseDouble(found.getFirst().group(1));
    }
  }
}
