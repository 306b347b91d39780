package dev.carafe.runtime.state;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Replaces small files so that a reader sees the old content or the new, and a power loss leaves
 * one of the two: write, fsync, rename, fsync of the directory.
 *
 * <p>Thread-safe: writers of one path never mix their bytes; the last rename wins.
 */
public final class DurableFile {
  /** What the name of a file that is still being written begins with. */
  public static final String UNFINISHED_PREFIX = ".unfinished-";

  private DurableFile() {}

  /**
   * Replaces {@code file}, whose directory must exist, by {@code content}.
   *
   * @throws IOException if any step fails; the old content is then untouched
   */
  public static void write(Path file, byte[] content) throws IOException {
    swap(file, content, true);
    syncDirectory(directory(file));
  }

  /**
   * Replaces {@code file} as {@link #write} does, but leaves it to the kernel when it reaches the
   * disk: for what a power loss voids anyway, and for tmpfs.
   */
  public static void replace(Path file, byte[] content) throws IOException {
    swap(file, content, false);
  }

  /**
   * Deletes what writers that were killed left unfinished in {@code directory}, which exists and in
   * which nobody writes now.
   */
  public static void sweep(Path directory) throws IOException {
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(directory, UNFINISHED_PREFIX + "*")) {
      for (Path file : unfinished) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void swap(Path file, byte[] content, boolean sync) throws IOException {
    // Not a UUID: its secure random numbers cost a command line 30 ms, and CREATE_NEW guards.
    String name = UNFINISHED_PREFIX + Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path unfinished = directory(file).resolve(name);
    try {
      try (FileChannel channel =
          FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        if (sync) {
          channel.force(true);
        }
      }
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
  }

  private static Path directory(Path file) {
    return requireNonNull(file.getParent(), () -> file + " has no directory");
  }

  /** Deletes {@code file} if it is there and makes its absence durable. */
  public static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      syncDirectory(requireNonNull(file.getParent(), () -> file + " has no directory"));
    }
  }

  /** Makes the names in {@code directory} durable (fsync(2) of a directory). */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
