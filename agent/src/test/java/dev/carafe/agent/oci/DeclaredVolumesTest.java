package dev.carafe.agent.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.User;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Needs root, to give a directory an owner. */
final class DeclaredVolumesTest {
  private static final Process SERVICE =
      new Process(
          false,
          null,
          new User(1000, 2000, null, List.of()),
          List.of("serve"),
          List.of(),
          "/",
          null,
          List.of(),
          false,
          null,
          0,
          null,
          null,
          null,
          null);

  @TempDir Path dir;
  private Path layer;
  private Path lower;
  private Path volumes;

  @BeforeEach
  void image() throws IOException {
    layer = Files.createDirectories(dir.resolve("layer"));
    lower = Files.createDirectories(dir.resolve("lower"));
    volumes = dir.resolve("container/volumes");
  }

  private Spec mount(List<Mount> own, String... declared) throws IOException {
    Spec spec = new Spec(Spec.VERSION, SERVICE, null, null, null, own, null, Map.of(), null);
    return DeclaredVolumes.mount(List.of(declared), spec, List.of(layer, lower), volumes);
  }

  @Test
  void whatTheImageHasNotGotIsADirectoryOfTheUsers() throws Exception {
    Mount deeper = new Mount("/data/deeper/still", "bind", "/x", List.of("rbind"));
    Spec spec = mount(List.of(deeper), "/data/cache", "C:/odd");

    assertThat(spec.mounts())
        .extracting(Mount::destination)
        .containsExactly("/data/cache", "/C:/odd", "/data/deeper/still");
    Path source = Path.of(spec.mounts().getFirst().source());
    assertThat(source).isEmptyDirectory().startsWith(volumes);
    assertThat(spec.mounts().getFirst().options()).containsExactly("rbind", "rprivate");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(source)))
        .isEqualTo("rwxr-xr-x");
    assertThat(Files.readAttributes(source, "unix:uid,gid"))
        .containsEntry("uid", 1000)
        .containsEntry("gid", 2000);
  }

  @Test
  void anEmptyDirectorysOwnerAndModeAreTheVolumes() throws Exception {
    Path data = Files.createDirectories(layer.resolve("data"));
    Files.setAttribute(data, "unix:uid", 999);
    Files.setAttribute(data, "unix:gid", 998);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));

    Path source = Path.of(mount(List.of(), "/data/").mounts().getFirst().source());

    assertThat(Files.readAttributes(source, "unix:uid,gid"))
        .containsEntry("uid", 999)
        .containsEntry("gid", 998);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(source)))
        .isEqualTo("rwx------");
  }

  @Test
  void whatTheImageHasInItIsCopiedAsAnOverlayWouldShowIt() throws Exception {
    Path outside = Files.writeString(dir.resolve("outside"), "secret");
    Path deep = Files.createDirectories(lower.resolve("data/deep"));
    Files.writeString(lower.resolve("data/both"), "low");
    Files.writeString(lower.resolve("data/gone"), "x");
    Path file = Files.writeString(deep.resolve("f\u00fcr"), "words");
    Files.setAttribute(file, "unix:uid", 7);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
    Files.setLastModifiedTime(deep, FileTime.fromMillis(1_100_000_000_000L));
    Path data = Files.createDirectories(layer.resolve("data"));
    Files.writeString(data.resolve("both"), "up");
    Files.createSymbolicLink(data.resolve("link"), outside);
    Files.setAttribute(data, "user:mark", ByteBuffer.wrap(new byte[] {1}));
    try (Fd open = FileCalls.openDirectory(data)) {
      FileCalls.makeNode(open, "gone".getBytes(UTF_8), FileCalls.S_IFCHR, 0, 0);
    }

    Path source = Path.of(mount(List.of(), "/data").mounts().getFirst().source());

    assertThat(source.resolve("both")).hasContent("up");
    assertThat(source.resolve("gone")).doesNotExist();
    assertThat(Files.readSymbolicLink(source.resolve("link"))).isEqualTo(outside);
    assertThat(Files.getAttribute(source, "user:mark")).isEqualTo(new byte[] {1});
    Path copied = source.resolve("deep/f\u00fcr");
    assertThat(copied).hasContent("words");
    assertThat(Files.getAttribute(copied, "unix:uid")).isEqualTo(7);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copied)))
        .isEqualTo("r--r-----");
    assertThat(Files.getLastModifiedTime(copied).toMillis()).isEqualTo(1_000_000_000_000L);
    assertThat(Files.getLastModifiedTime(source.resolve("deep")).toMillis())
        .isEqualTo(1_100_000_000_000L);
    assertThat(file).hasContent("words");
  }

  @Test
  void filesTheRootTheClientsMountsAndTheKernelsTreesStayAsTheyAre() throws Exception {
    Files.writeString(layer.resolve("file"), "x");
    Files.createSymbolicLink(layer.resolve("all"), Path.of("/"));
    Mount clients = new Mount("/mine", "bind", "/x", List.of("rbind"));

    Spec spec = mount(List.of(clients), "/file", "/all", "/mine/", "/proc/x", "/", "/../..");

    assertThat(spec.mounts()).containsExactly(clients);
    assertThat(volumes).doesNotExist();
  }

  @Test
  void aNameThatIsNoPathIsTheImagesFault() {
    assertThatThrownBy(() -> mount(List.of(), "/da\0ta"))
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("/da?ta");
  }
}
