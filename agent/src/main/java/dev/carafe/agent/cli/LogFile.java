package dev.carafe.agent.cli;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.function.Consumer;

/** A log that grows and is rotated by rename while it is read. Not thread-safe. */
final class LogFile implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final Path path;
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private FileChannel channel;
  private Object key;

  private LogFile(Path path, FileChannel channel, Object key) {
    this.path = path;
    this.channel = channel;
    this.key = key;
  }

  /**
   * Opens it.
   *
   * @param tail lines from the end to begin with, or -1 for the beginning
   * @throws NoSuchFileException when nothing has been written yet, or it was removed
   */
  static LogFile open(Path path, int tail) throws IOException {
    FileChannel channel = FileChannel.open(requireNonNull(path, "path"), StandardOpenOption.READ);
    LogFile file = new LogFile(path, channel, key(path));
    if (tail >= 0) {
      channel.position(startOf(channel, tail));
    }
    return file;
  }

  /** Gives every whole line that is there now, without its end, to {@code consumer}. */
  void drain(Consumer<byte[]> consumer) throws IOException {
    read(consumer);
    Object now = Files.exists(path) ? key(path) : key;
    if (!now.equals(key)) {
      // The shim goes on in a new file: what is left in the old one, then all of the new.
      read(consumer);
      channel.close();
      channel = FileChannel.open(path, StandardOpenOption.READ);
      key = now;
      read(consumer);
    }
  }

  private void read(Consumer<byte[]> consumer) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    while (channel.read(buffer) > 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        byte one = buffer.get();
        if (one == '\n') {
          consumer.accept(partial.toByteArray());
          partial.reset();
        } else {
          partial.write(one);
        }
      }
      buffer.clear();
    }
  }

  /** Where the last {@code lines} lines begin. */
  private static long startOf(FileChannel channel, int lines) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    long end = channel.size();
    int seen = 0;
    while (end > 0) {
      long begin = Math.max(0, end - CHUNK);
      buffer.clear().limit((int) (end - begin));
      int got = channel.read(buffer, begin);
      for (int i = got - 1; i >= 0; i--) {
        if (buffer.get(i) == '\n' && seen++ == lines) {
          return begin + i + 1;
        }
      }
      end = begin;
    }
    return 0;
  }

  private static Object key(Path path) throws IOException {
    return Objects.requireNonNullElse(
        Files.readAttributes(path, BasicFileAttributes.class).fileKey(), path);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
