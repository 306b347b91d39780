package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.User;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private Path volumes;

  @BeforeEach
  void image() throws IOException {
    layer = Files.createDirectories(dir.resolve("layer"));
    volumes = dir.resolve("container/volumes");
  }

  private Spec mount(List<Mount> own, String... declared) throws IOException {
    Spec spec = new Spec(Spec.VERSION, SERVICE, null, null, null, own, null, Map.of(), null);
    return DeclaredVolumes.mount(List.of(declared), spec, List.of(layer), volumes);
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
  void theImagesFilesTheClientsMountsAndTheKernelsTreesStayAsTheyAre() throws Exception {
    Files.createDirectories(layer.resolve("full"));
    Files.writeString(layer.resolve("full/file"), "x");
    Files.writeString(layer.resolve("file"), "x");
    Mount clients = new Mount("/mine", "bind", "/x", List.of("rbind"));

    Spec spec = mount(List.of(clients), "/full", "/file", "/mine/", "/proc/x", "/", "/../..");

    assertThat(spec.mounts()).containsExactly(clients);
    assertThat(volumes).doesNotExist();
  }
}
