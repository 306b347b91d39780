package dev.carafe.runtime.plan;

import java.util.List;
import java.util.Objects;

/** What a container's root directory is made of. Paths are absolute, on the host. */
public sealed interface Rootfs {
  /**
   * A directory as it is.
   *
   * @param path the directory
   */
  record Directory(String path) implements Rootfs {
    public Directory {
      Objects.requireNonNull(path, "path");
    }
  }

  /**
   * An overlay; with a user namespace its layers are id-mapped.
   *
   * @param lowers read-only directories, the uppermost first; at least one
   * @param upper where changes go
   * @param work overlayfs' work directory, on the file system of upper
   * @param scratch an empty directory for the launcher
   */
  record Overlay(List<String> lowers, String upper, String work, String scratch) implements Rootfs {
    public Overlay {
      lowers = List.copyOf(lowers);
      Objects.requireNonNull(upper, "upper");
      Objects.requireNonNull(work, "work");
      Objects.requireNonNull(scratch, "scratch");
      if (lowers.isEmpty()) {
        throw new IllegalArgumentException("an overlay needs at least one lower directory");
      }
    }
  }
}
