package dev.carafe.runtime.state;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Deleting directories with all they hold; never follows a symbolic link. What others delete
 * meanwhile is gone, and that is what was wanted.
 */
public final class Trees {
  private Trees() {}

  /** Deletes {@code directory} with all it holds; nothing happens if it is not there. */
  public static void delete(Path directory) throws IOException {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      Files.walkFileTree(directory, new Deleter(null));
    }
  }

  /** Deletes all that {@code directory} holds, but not the directory. */
  public static void deleteContent(Path directory) throws IOException {
    Files.walkFileTree(directory, new Deleter(directory));
  }

  private static final class Deleter extends SimpleFileVisitor<Path> {
    private final @Nullable Path kept;

    Deleter(@Nullable Path kept) {
      this.kept = kept;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException error) throws IOException {
      if (error instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw error;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error)
        throws IOException {
      if (error != null) {
        throw error;
      }
      if (!directory.equals(kept)) {
        Files.deleteIfExists(directory);
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
