package dev.carafe.agent.check;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Overlayfs and the two directories. */
final class StorageChecks {
  /** What overlayfs takes no upper directory from. */
  private static final Set<String> NO_UPPER = Set.of("overlay", "nfs", "nfs4", "vfat", "fuse");

  private static final long LITTLE_BYTES = 2L << 30;

  private StorageChecks() {}

  static Finding overlay(Host host) {
    return host.fileSystems().contains("overlay")
        ? Finding.ok("overlay", "in the kernel")
        : Finding.fail(
            "overlay",
            "the kernel does not list it",
            "modprobe overlay, and name it in /etc/modules-load.d/carafe.conf");
  }

  /** Where images and writable layers will lie. */
  static Finding root(Path root) {
    try {
      FileStore store = Files.getFileStore(nearest(root));
      String found =
          "%s on %s, %d MiB free".formatted(root, store.type(), store.getUsableSpace() >> 20);
      if (NO_UPPER.contains(store.type())) {
        return Finding.fail(
            "root directory",
            found,
            "overlayfs takes no upper layer on "
                + store.type()
                + ": set root to a directory on ext4 or xfs");
      }
      return store.getUsableSpace() < LITTLE_BYTES
          ? Finding.warn("root directory", found, "make room: images will not fit")
          : Finding.ok("root directory", found);
    } catch (IOException unreadable) {
      return Finding.fail(
          "root directory", root + ": " + unreadable.getMessage(), "set root to a local directory");
    }
  }

  /** Where sockets, pids and exit records will lie. */
  static Finding state(Path state) {
    try {
      String type = Files.getFileStore(nearest(state)).type();
      return type.equals("tmpfs")
          ? Finding.ok("state directory", state + " on tmpfs")
          : Finding.warn(
              "state directory",
              state + " on " + type,
              "put it on a tmpfs: what lies there is void after a reboot, and is written at every"
                  + " start");
    } catch (IOException unreadable) {
      return Finding.fail(
          "state directory",
          state + ": " + unreadable.getMessage(),
          "set state to a directory on a tmpfs");
    }
  }

  private static Path nearest(Path directory) {
    Path there = directory.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    return there;
  }
}
