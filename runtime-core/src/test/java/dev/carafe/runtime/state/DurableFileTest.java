package dev.carafe.runtime.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {
  @TempDir private Path directory;

  @Test
  void contentIsReplacedAndNothingElseIsLeft() throws IOException {
    Path file = directory.resolve("f");
    DurableFile.write(file, new byte[] {1, 2, 3});
    DurableFile.write(file, new byte[] {4});
    assertThat(file).hasBinaryContent(new byte[] {4});
    assertThat(directory).isDirectoryContaining(path -> path.equals(file));
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void whatAKilledWriterLeftIsSweptAndNothingElse() throws IOException {
    Path file = directory.resolve("f");
    DurableFile.write(file, new byte[] {1});
    Files.write(directory.resolve(DurableFile.UNFINISHED_PREFIX + "x"), new byte[] {2});

    DurableFile.sweep(directory);

    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void failureLeavesTheOldFileAlone() throws IOException {
    Path occupied = Files.createDirectories(directory.resolve("d/child")).getParent();
    assertThat(occupied).isNotNull();
    assertThatThrownBy(() -> DurableFile.write(occupied, new byte[1]))
        .isInstanceOf(IOException.class);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(occupied);
    }
    assertThatThrownBy(() -> DurableFile.write(directory.resolve("no/f"), new byte[1]))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void readersSeeOneWholeVersion() throws Exception {
    Path file = directory.resolve("f");
    DurableFile.write(file, version(0));
    CountDownLatch started = new CountDownLatch(2);
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> one = writers.submit(() -> writeOften(file, 1, started));
      Future<?> two = writers.submit(() -> writeOften(file, 2, started));
      started.await();
      while (!one.isDone() || !two.isDone()) {
        byte[] content = Files.readAllBytes(file);
        assertThat(content).isEqualTo(version(content[0]));
      }
      one.get();
      two.get();
    }
  }

  private static byte[] version(int number) {
    byte[] content = new byte[100_000];
    Arrays.fill(content, (byte) number);
    return content;
  }

  private static Void writeOften(Path file, int number, CountDownLatch started) throws IOException {
    started.countDown();
    for (int i = 0; i < 20; i++) {
      DurableFile.write(file, version(number));
    }
    return null;
  }

  @Test
  void deletionOfWhatIsNotThereIsNoError() throws IOException {
    Path file = directory.resolve("f");
    DurableFile.delete(file);
    DurableFile.write(file, new byte[1]);
    DurableFile.delete(file);
    assertThat(file).doesNotExist();
  }
}
