package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.ListImagesRequest;
import dev.carafe.cri.v1.ListPodSandboxRequest;
import dev.carafe.cri.v1.RemoveImageRequest;
import dev.carafe.e2e.harness.CarafedProcess;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What others get wrong: named in an answer, and nothing half made stays. */
class BadInputIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  @AfterEach
  void stillUp() throws Exception {
    ScriptPlugin.remove(NODE.node().settings());
    assertThat(NODE.node().agent().isAlive()).isTrue();
    NODE.pod().remove();
    NODE.awaitNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "ESCAPE, ../../escaped",
    "WRONG_DIGEST, sha256:",
    "WRONG_DIFF_ID, sha256:",
    "TRUNCATED, 700 of 2048",
    "NOT_A_MANIFEST, hostile.test/bad",
    "NO_CONFIG, sha256:"
  })
  void aHostileImageIsRefusedAndLeavesNoLayer(HostileImage.Flaw flaw, String named)
      throws Exception {
    List<String> before = layers();
    int images = images();
    try (HostileImage image = HostileImage.serve(flaw)) {
      NODE.node().mirror(image.url(), "hostile.test");
      Status status = refusal(() -> NODE.node().pull("hostile.test/bad:1"));
      System.out.println(flaw + ": " + status.getCode() + " " + status.getDescription());
      assertThat(status.getDescription()).contains(named);
    }
    assertThat(layers()).isEqualTo(before);
    assertThat(images()).isEqualTo(images);
    assertThat(Path.of("/tmp/escaped")).doesNotExist();
    assertThat(NODE.node().settings().dir().resolve("escaped")).doesNotExist();
  }

  /** A link of the image leads inside the image, wherever it points. */
  @ParameterizedTest
  @CsvSource({"NONE", "ABSOLUTE_LINK_OUT"})
  void aGoodImageOfTheSameServerIsPulled(HostileImage.Flaw flaw) throws Exception {
    try (HostileImage image = HostileImage.serve(flaw)) {
      NODE.node().mirror(image.url(), "hostile.test");
      String id = NODE.node().pull("hostile.test/bad:1");
      assertThat(Path.of("/tmp/escaped")).doesNotExist();
      NODE.node()
          .client()
          .images()
          .removeImage(
              RemoveImageRequest.newBuilder()
                  .setImage(ImageSpec.newBuilder().setImage(id))
                  .build());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo not json",
        "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.400/24\"}]}'",
        "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.4/24\",\"interface\":7}]}'",
        "echo '{\"cniVersion\":\"9.9.9\"}'",
        "echo '{\"code\":11,\"msg\":\"no address is free\",\"details\":\"try later\"}'; exit 1",
        "echo broken >&2; exit 7",
        "kill -KILL $$",
        "head -c 3000000 /dev/zero"
      })
  void aPluginsNonsenseFailsThePodAndIsUndone(String add) throws Exception {
    ScriptPlugin.only(NODE.node().settings(), "if [ $CNI_COMMAND = ADD ]; then " + add + "; fi");
    Status status = refusal(NODE::pod);
    System.out.println(add + ": " + status.getCode() + " " + status.getDescription());
    assertThat(status.getCode()).isEqualTo(Code.UNKNOWN);
    assertThat(status.getDescription()).contains("script");
    assertThat(
            NODE.runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList())
        .isEmpty();
    NODE.awaitNothingLeft();
  }

  @Test
  void anUnknownKeyEndsTheAgentWithItsFileAndName() throws Exception {
    Path dir = NODE.node().settings().dir();
    Path toml = dir.resolve("bad.toml");
    Files.writeString(toml, "[runtime]\ncgroup_parrent = \"/x\"\n");
    CarafedProcess agent =
        new CarafedProcess(
            CarafedProcess.command(Path.of(System.getProperty("carafe.libexec")), toml),
            dir.resolve("bad.log"));
    agent.start();
    assertThat(agent.await(20)).isEqualTo(2);
    assertThat(agent.tail()).contains(toml.toString(), "cgroup_parrent", "cgroup_parent");
  }

  @Test
  void aSecondAgentOnTheSameDirectoriesIsRefused() throws Exception {
    CarafedProcess agent =
        new CarafedProcess(
            CarafedProcess.command(
                Path.of(System.getProperty("carafe.libexec")), NODE.node().settings().config()),
            NODE.node().settings().dir().resolve("second.log"));
    agent.start();
    assertThat(agent.await(20)).isEqualTo(1);
    assertThat(agent.tail()).contains("another carafed", NODE.node().settings().state().toString());
  }

  @Test
  void aBadImageNameIsAnInvalidArgument() {
    assertRefused(
        Code.INVALID_ARGUMENT, () -> NODE.node().pull("UPPER//case:::"), "UPPER//case:::");
  }

  private static int images() {
    return NODE.node()
        .client()
        .images()
        .listImages(ListImagesRequest.getDefaultInstance())
        .getImagesCount();
  }

  /** Everything below the store's folders, without the contents of unpacked layers. */
  private static List<String> layers() throws Exception {
    Path images = NODE.node().settings().root().resolve("images");
    try (Stream<Path> files = Files.walk(images, 3)) {
      return files.map(Path::toString).sorted().toList();
    }
  }
}
