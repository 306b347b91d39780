package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayerFilesTest {
  @TempDir Path dir;
  private Path upper;
  private Path lower;

  @BeforeEach
  void layers() throws IOException {
    upper = Files.createDirectories(dir.resolve("upper"));
    lower = Files.createDirectories(dir.resolve("lower"));
  }

  private @Nullable String read() {
    return new LayerFiles(List.of(upper, lower)).read("/etc/passwd");
  }

  private static void write(Path layer, String path, String text) throws IOException {
    Path file = layer.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static void link(Path layer, String path, String target) throws IOException {
    Path file = layer.resolve(path);
    Files.createDirectories(file.getParent());
    Files.createSymbolicLink(file, Path.of(target));
  }

  private static void asRoot() {
    Assumptions.assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "SKIP overlay-marks: making whiteouts and trusted attributes needs root");
  }

  @Test
  void theUppermostFileWins() throws IOException {
    write(lower, "etc/passwd", "low");
    assertThat(read()).isEqualTo("low");
    write(upper, "etc/passwd", "up");
    assertThat(read()).isEqualTo("up");
  }

  @Test
  void anImageWithoutTheFileHasNone() throws IOException {
    assertThat(read()).isNull();
    write(upper, "etc/group", "x");
    assertThat(read()).isNull();
    assertThat(new LayerFiles(List.of()).read("/etc/passwd")).isNull();
  }

  @Test
  void aWhiteoutHidesTheFileBelow() throws IOException {
    asRoot();
    write(lower, "etc/passwd", "low");
    Files.createDirectories(upper.resolve("etc"));
    try (Fd etc = FileCalls.openDirectory(upper.resolve("etc"))) {
      FileCalls.makeNode(etc, bytes("passwd"), FileCalls.S_IFCHR, 0, 0);
    }
    assertThat(read()).isNull();
  }

  @Test
  void anOpaqueDirectoryHidesTheOneBelow() throws IOException {
    asRoot();
    write(lower, "etc/passwd", "low");
    write(upper, "etc/hosts", "h");
    assertThat(read()).isEqualTo("low");
    try (Fd layer = FileCalls.openDirectory(upper)) {
      Xattrs.set(layer, bytes("etc"), bytes("trusted.overlay.opaque"), bytes("y"));
    }
    assertThat(read()).isNull();
  }

  @Test
  void aFileInPlaceOfADirectoryHidesWhatIsBelow() throws IOException {
    write(lower, "etc/passwd", "low");
    write(upper, "etc", "a file");
    assertThat(read()).isNull();
  }

  @Test
  void aDirectoryInPlaceOfAFileIsRefused() throws IOException {
    write(lower, "etc/passwd", "low");
    Files.createDirectories(upper.resolve("etc/passwd"));
    assertThatThrownBy(this::read)
        .isInstanceOf(Failure.class)
        .hasMessage("image: its /etc/passwd is no regular file");
  }

  @Test
  void linksAreFollowedInsideTheImage() throws IOException {
    write(lower, "usr/share/users", "u");
    link(upper, "etc/passwd", "../usr/share/users");
    assertThat(read()).isEqualTo("u");
    Files.delete(upper.resolve("etc/passwd"));
    link(upper, "etc/passwd", "/usr/share/users");
    assertThat(read()).isEqualTo("u");
    Files.delete(upper.resolve("etc/passwd"));
    link(lower, "usr/lib", "/usr/share");
    link(upper, "etc/passwd", "../../../../../usr/lib/./users");
    assertThat(read()).isEqualTo("u");
  }

  @Test
  void noLinkLeadsOutOfTheImage() throws IOException {
    Path secret = dir.resolve("secret");
    Files.writeString(secret, "host");
    link(upper, "etc/passwd", secret.toString());
    assertThat(read()).isNull();
    Files.delete(upper.resolve("etc/passwd"));
    link(upper, "etc/passwd", "../../secret");
    assertThat(read()).isNull();
    Files.delete(upper.resolve("etc/passwd"));
    Files.delete(upper.resolve("etc"));
    link(upper, "etc", dir.toString());
    write(dir, "passwd", "host");
    assertThat(read()).isNull();
  }

  @Test
  void aLoopOfLinksIsRefused() throws IOException {
    link(upper, "etc/passwd", "/etc/other");
    link(upper, "etc/other", "/etc/passwd");
    assertThatThrownBy(this::read).hasMessageContaining("loop of links");
  }

  @Test
  void aFileThatIsTooLargeIsRefused() throws IOException {
    write(upper, "etc/passwd", "x".repeat(LayerFiles.MAX_BYTES));
    assertThat(read()).hasSize(LayerFiles.MAX_BYTES);
    write(upper, "etc/passwd", "x".repeat(LayerFiles.MAX_BYTES + 1));
    assertThatThrownBy(this::read).hasMessageContaining("larger than the 1048576 bytes");
  }

  @Test
  void aFifoIsNotOpened() throws IOException {
    asRoot();
    Files.createDirectories(upper.resolve("etc"));
    try (Fd etc = FileCalls.openDirectory(upper.resolve("etc"))) {
      FileCalls.makeNode(etc, bytes("passwd"), FileCalls.S_IFIFO | 0644, 0, 0);
    }
    assertThatThrownBy(this::read).hasMessageContaining("no regular file");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
