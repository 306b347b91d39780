package dev.carafe.agent.image.store;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * What the image store takes.
 *
 * @param directory on the file system that holds the images
 * @param bytes disk space
 * @param inodes files and directories
 */
public record FsUsage(Path directory, long bytes, long inodes) {
  /** Checks for null. */
  public FsUsage {
    requireNonNull(directory, "directory is null");
  }
}
