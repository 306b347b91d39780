package dev.carafe.agent.image;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * An OCI image layout as a directory. Links are not followed, so that nothing outside it is read.
 * Immutable, thread-safe.
 */
record LayoutDirectory(Path directory) implements ArchiveContent {
  LayoutDirectory {
    requireNonNull(directory, "directory is null");
  }

  @Override
  public boolean has(String name) {
    Path file = directory.resolve(name).normalize();
    return file.startsWith(directory.normalize())
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public long size(String name) throws IOException {
    return Files.size(file(name));
  }

  @Override
  public InputStream open(String name) throws IOException {
    return Files.newInputStream(file(name), LinkOption.NOFOLLOW_LINKS);
  }

  private Path file(String name) {
    if (!has(name)) {
      throw new ImageException.InvalidImage("directory %s lacks %s".formatted(this, name), null);
    }
    return directory.resolve(name).normalize();
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
