package dev.carafe.agent.image.layer;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps a reserve free on the file system that a layer goes to. Not thread-safe. */
final class SpaceGuard {
  private static final long STEP = 64L << 20;

  private final Path directory;
  private final FileStore store;
  private final long reserve;
  private long untilNextLook;

  SpaceGuard(Path directory, long reserve) throws IOException {
    this.directory = directory;
    this.store = Files.getFileStore(directory);
    this.reserve = reserve;
  }

  /** Called before {@code bytes} more are written; looks at the disk each 64 MiB. */
  void claim(long bytes) throws IOException {
    untilNextLook -= bytes;
    if (untilNextLook > 0) {
      return;
    }
    long free = store.getUsableSpace();
    if (free - bytes < reserve) {
      throw new ImageException.DiskFull(
          "%d bytes are free below %s, %d are needed and %d must stay free; remove images or enlarge the image file system"
              .formatted(free, directory, bytes, reserve),
          null);
    }
    untilNextLook = Math.min(STEP, free - bytes - reserve);
  }
}
