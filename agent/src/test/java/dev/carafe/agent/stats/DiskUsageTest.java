package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.linux.DiskUsage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskUsageTest {
  private static final int MIB = 1 << 20;

  @TempDir Path dir;

  private DiskUsage of() throws IOException {
    return DiskUsage.of(dir);
  }

  @Test
  void allocatedBlocksAndInodes() throws IOException {
    DiskUsage empty = of();
    assertThat(empty.inodes()).isEqualTo(1);
    Files.write(dir.resolve("file"), new byte[MIB]);
    DiskUsage one = of();
    assertThat(one.inodes()).isEqualTo(2);
    assertThat(one.bytes() - empty.bytes()).isBetween((long) MIB, MIB + 65_536L);
  }

  @Test
  void aHoleTakesNothing() throws IOException {
    long before = of().bytes();
    try (FileChannel file =
        FileChannel.open(
            dir.resolve("sparse"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      file.write(ByteBuffer.allocate(1), 64L * MIB);
    }
    assertThat(of().bytes() - before).isLessThan(MIB);
  }

  @Test
  void aFileWithTwoNamesCountsOnce() throws IOException {
    Path file = Files.write(dir.resolve("one"), new byte[MIB]);
    DiskUsage before = of();
    Files.createDirectories(dir.resolve("sub"));
    Files.createLink(dir.resolve("sub/two"), file);
    assertThat(of().inodes()).isEqualTo(before.inodes() + 1);
    assertThat(of().bytes() - before.bytes()).isLessThan(MIB);
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Files.createSymbolicLink(dir.resolve("out"), Path.of("/usr"));
    assertThat(of().inodes()).isEqualTo(2);
  }

  @Test
  void otherFileSystemsAreNotEntered() throws IOException {
    Path dev = Path.of("/dev");
    Object own = Files.getAttribute(dev, "unix:dev");
    List<Path> foreign = new ArrayList<>();
    long expected = 1;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(dev)) {
      for (Path entry : entries) {
        if (!Files.getAttribute(entry, "unix:dev", LinkOption.NOFOLLOW_LINKS).equals(own)) {
          foreign.add(entry);
        } else if (!Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          expected++;
        }
      }
    }
    Assumptions.assumeFalse(foreign.isEmpty(), "SKIP mount-below: nothing is mounted below /dev");
    long counted = DiskUsage.of(dev).inodes();
    try (Stream<Path> all = Files.walk(dev)) {
      assertThat(counted).isGreaterThanOrEqualTo(expected).isLessThan(all.count());
    }
  }

  @Test
  void aDeepAndWideTree() throws IOException {
    Path at = dir;
    for (int depth = 0; depth < 600; depth++) {
      at = at.resolve("d");
    }
    Files.createDirectories(at);
    for (int i = 0; i < 3000; i++) {
      Files.createFile(dir.resolve("a-name-of-some-length-" + i));
    }
    for (int i = 0; i < 50; i++) {
      Files.createDirectories(dir.resolve("wide/" + i + "/x"));
    }
    assertThat(of().inodes()).isEqualTo(1 + 600 + 3000 + 1 + 100);
  }

  @Test
  void aDirectoryThatIsNotThere() {
    assertThatThrownBy(() -> DiskUsage.of(dir.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(
            () -> DiskUsage.of(Files.createSymbolicLink(dir.resolve("l"), Path.of("/usr"))))
        .isInstanceOf(IOException.class);
  }
}
