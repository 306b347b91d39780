package dev.carafe.runtime.cgroup;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.linux.KernelFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The directories below one cgroup directory, of either version: making, listing, removing. */
final class Hierarchy {
  /**
   * The kernel finishes dying tasks after their exit was seen: 1, 2, 4 ... ms, about two seconds.
   */
  private static final int REMOVE_TRIES = 11;

  private Hierarchy() {}

  /** Makes one directory; says whether it was not there before. */
  static boolean makeDir(Path dir) {
    try {
      Files.createDirectory(dir);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw CgroupException.failed("make the cgroup", dir, e);
    }
  }

  /** The processes of the directory and of all below it; none when it is gone. */
  static Set<Integer> procs(Path dir) {
    Set<Integer> found = new TreeSet<>();
    collect(dir, found);
    return found;
  }

  private static void collect(Path dir, Set<Integer> found) {
    Path file = dir.resolve("cgroup.procs");
    try {
      KernelFiles.lines(file).forEach(pid -> found.add(Integer.parseInt(pid)));
    } catch (IOException e) {
      // A threaded cgroup has no list of its own: its threads belong to a process of the domain
      // above it.
      if (!gone(e) && Errno.of(e) != Errno.EOPNOTSUPP) {
        throw CgroupException.failed("read", file, e);
      }
    }
    children(dir).forEach(child -> collect(child, found));
  }

  /** The sub-cgroups of a directory; none when it is gone. */
  static List<Path> children(Path dir) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir, Files::isDirectory)) {
      entries.forEach(children::add);
    } catch (IOException e) {
      if (!gone(e)) {
        throw CgroupException.failed("list", dir, e);
      }
    }
    return children;
  }

  /**
   * Removes a cgroup and what was made inside it, deepest first; one that is gone is fine.
   *
   * @throws CgroupException of kind BUSY, naming the processes, when it doesn't empty in two
   *     seconds
   */
  static void remove(Path dir) {
    children(dir).forEach(Hierarchy::remove);
    long pauseMillis = 1;
    for (int tries = 1; !removeOnce(dir, tries == REMOVE_TRIES); tries++) {
      Pause.millis(pauseMillis);
      pauseMillis *= 2;
    }
  }

  private static boolean removeOnce(Path dir, boolean last) {
    try {
      Files.deleteIfExists(dir);
      return true;
    } catch (IOException e) {
      if (gone(e)) {
        return true;
      }
      boolean busy = Errno.of(e) == Errno.EBUSY || Errno.of(e) == Errno.ENOTEMPTY;
      if (busy && !last) {
        return false;
      }
      if (busy) {
        throw new CgroupException(
            CgroupException.Kind.BUSY,
            "cannot remove the cgroup " + dir + ": it still has the processes " + procs(dir));
      }
      throw CgroupException.failed("remove the cgroup", dir, e);
    }
  }

  /**
   * Writes to a file of a cgroup that may go away.
   *
   * @return false when it has
   * @throws CgroupException when the kernel refuses the value
   */
  static boolean writeIfThere(Path file, String value) {
    try {
      KernelFiles.write(file, value);
      return true;
    } catch (IOException e) {
      if (gone(e)) {
        return false;
      }
      throw CgroupException.refused(file, value, e);
    }
  }

  static boolean gone(IOException e) {
    return e instanceof NoSuchFileException || Errno.of(e) == Errno.ENODEV;
  }
}
