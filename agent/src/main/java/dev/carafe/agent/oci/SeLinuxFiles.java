package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.Fd;
import dev.carafe.runtime.linux.FileCallException;
import dev.carafe.runtime.linux.FileCalls;
import dev.carafe.runtime.linux.FileStat;
import dev.carafe.runtime.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/** SELinux labels of files on the host. */
final class SeLinuxFiles {
  private static final byte[] ATTRIBUTE = "security.selinux".getBytes(StandardCharsets.US_ASCII);

  /** A file that went, a link or a mount in its place. */
  private static final Set<Errno> CHANGED =
      Set.of(Errno.ENOENT, Errno.ELOOP, Errno.ENOTDIR, Errno.EXDEV);

  /** A file system without labels has one for all its files, which the policy knows. */
  private static final Errno UNLABELLED = Errno.EOPNOTSUPP;

  private SeLinuxFiles() {}

  /**
   * Gives a file, or a directory with all that is in it, a label. Links are labelled themselves and
   * not followed, and other file systems below are left as they are: whatever a container moves
   * there meanwhile, nothing outside is touched.
   *
   * @param path trusted, absolute, with no links in it, and not the root directory
   */
  static void labelTree(Path path, String label) throws IOException {
    try (Fd parent = FileCalls.openDirectory(requireNonNull(path.getParent(), "path is /"))) {
      entry(parent, name(path), value(label), true);
    }
  }

  /** Gives a file, or a directory without what is in it, a label. */
  static void label(Path path, String label) throws IOException {
    try (Fd parent = FileCalls.openDirectory(requireNonNull(path.getParent(), "path is /"))) {
      entry(parent, name(path), value(label), false);
    }
  }

  private static byte[] value(String label) {
    return (label + "\0").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] name(Path path) {
    return requireNonNull(path.getFileName(), "path is /")
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  private static void entry(Fd parent, byte[] name, byte[] value, boolean tree) throws IOException {
    try {
      Xattrs.set(parent, name, ATTRIBUTE, value);
      FileStat stat = FileCalls.stat(parent, name);
      if (tree && stat != null && stat.isDirectory()) {
        try (Fd directory = FileCalls.openDirectoryBeneath(parent, name)) {
          for (byte[] each : FileCalls.names(directory)) {
            entry(directory, each, value, true);
          }
        }
      }
    } catch (FileCallException refused) {
      if (refused.error() != UNLABELLED && !CHANGED.contains(refused.error())) {
        throw refused;
      }
    }
  }
}
