package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTest {
  @TempDir private Path directory;
  private Fd root;

  @BeforeEach
  void open() throws FileCallException {
    root = FileCalls.openDirectory(directory);
  }

  @AfterEach
  void close() {
    root.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertErrno(ThrowingCallable call, Errno error) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FileCallException.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  @Test
  void writtenFileIsRead() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(100);
    try (Fd file = FileCalls.createFile(root, name("f"), 0600)) {
      FileCalls.write(file, buffer.put(name("hello")).flip());
    }
    assertThat(directory.resolve("f")).hasContent("hello");
    try (Fd file = FileCalls.openFileBeneath(root, name("f"))) {
      assertThat(FileCalls.read(file, buffer.clear())).isEqualTo(5);
      assertThat(FileCalls.read(file, buffer)).isZero();
    }
    assertErrno(() -> FileCalls.createFile(root, name("f"), 0600), Errno.EEXIST);
  }

  @Test
  void nothingLeadsOutOfTheDirectory() throws IOException {
    Files.createDirectory(directory.resolve("d"));
    Files.createSymbolicLink(directory.resolve("inside"), Path.of("d"));
    Files.createSymbolicLink(directory.resolve("outside"), Path.of("/"));
    FileCalls.openDirectoryBeneath(root, name("d")).close();
    FileCalls.openDirectoryBeneath(root, new byte[0]).close();
    assertErrno(() -> FileCalls.openDirectoryBeneath(root, name("inside")), Errno.ELOOP);
    assertErrno(() -> FileCalls.openDirectoryBeneath(root, name("outside/etc")), Errno.ELOOP);
    assertErrno(() -> FileCalls.openDirectoryBeneath(root, name("d/../..")), Errno.EXDEV);
    assertErrno(() -> FileCalls.openDirectoryBeneath(root, name("/etc")), Errno.EXDEV);
    assertErrno(() -> FileCalls.openDirectoryBeneath(root, name("none")), Errno.ENOENT);
  }

  @Test
  void statTellsWhatTheJdkTells() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "12345");
    FileCalls.changeMode(root, name("f"), 0640);
    FileCalls.changeTime(root, name("f"), 1_234_567_890L, 5);
    FileStat stat = FileCalls.stat(root, name("f"));
    assertThat(stat).isNotNull();
    assertThat(stat.size()).isEqualTo(5);
    assertThat(stat.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
    assertThat(stat.uid()).isEqualTo(Files.getAttribute(file, "unix:uid"));
    assertThat(stat.mtimeSeconds()).isEqualTo(1_234_567_890L);
    assertThat(stat.mtimeNanos()).isEqualTo(5);
    assertThat(FileCalls.stat(root, name("none"))).isNull();
    assertThat(FileCalls.stat(root, new byte[0])).extracting(FileStat::isDirectory).isEqualTo(true);
  }

  @Test
  void linksAreMadeAndReadAndNotFollowed() throws IOException {
    FileCalls.makeSymlink(name("../target"), root, name("l"));
    assertThat(FileCalls.readLink(root, name("l"))).isEqualTo(name("../target"));
    FileCalls.makeLink(root, name("l"), root, name("hard"));
    assertThat(Files.isSymbolicLink(directory.resolve("hard"))).isTrue();
    FileCalls.makeDirectory(root, name("d"), 0700);
    assertErrno(() -> FileCalls.removeFile(root, name("d")), Errno.EISDIR);
    FileCalls.removeDirectory(root, name("d"));
    FileCalls.removeFile(root, name("l"));
    assertThat(directory.resolve("d")).doesNotExist();
  }

  @Test
  void nulIsNoPartOfAName() {
    assertThatThrownBy(() -> FileCalls.makeDirectory(root, new byte[] {'a', 0, 'b'}, 0700))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }

  @Test
  void closedDescriptorIsNotUsed() throws IOException {
    Fd closed = FileCalls.openDirectoryBeneath(root, new byte[0]);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> FileCalls.stat(closed, name("f")))
        .isInstanceOf(IllegalStateException.class);
  }
}
