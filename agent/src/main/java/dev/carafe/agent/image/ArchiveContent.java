package dev.carafe.agent.image;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.io.InputStream;

/** The files of an archive or of a directory in the same form. Thread-safe. */
interface ArchiveContent {
  /** Whether there is a file of this name, relative to the root. */
  boolean has(String name);

  /**
   * Bytes of a file.
   *
   * @throws ImageException.InvalidImage if there is none
   */
  long size(String name) throws IOException;

  /**
   * The content of a file; the caller closes the stream.
   *
   * @throws ImageException.InvalidImage if there is none
   */
  InputStream open(String name) throws IOException;

  /** The content of a small file. */
  default byte[] read(String name, int maxBytes) throws IOException {
    long size = size(name);
    if (size > maxBytes) {
      throw new ImageException.InvalidImage(
          "%s in %s has %d bytes: at most %d are read".formatted(name, this, size, maxBytes), null);
    }
    try (InputStream in = open(name)) {
      return in.readAllBytes();
    }
  }
}
