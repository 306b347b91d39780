package dev.carafe.agent;

import dev.carafe.agent.container.ContainerPaths;
import dev.carafe.agent.pod.PodPaths;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The agent's directories, and the lock that keeps a second agent out of them. */
final class Directories {
  private Directories() {}

  /** The folder of the records that say which resctrl groups are ours. */
  static Path rdt(Path root) {
    return root.resolve("rdt");
  }

  /**
   * Makes the directories that are missing. Only root may look into them, for records hold the
   * environment of containers; the socket alone may be opened to others.
   */
  static void create(Path root, Path state) throws IOException {
    for (Path directory :
        List.of(
            root,
            state,
            PodPaths.records(root),
            PodPaths.states(state),
            ContainerPaths.all(root),
            rdt(root),
            Path.of("/run/netns"))) {
      Files.createDirectories(directory);
    }
    for (Path ours : List.of(root, PodPaths.states(state))) {
      Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /**
   * Takes the lock of a state directory for as long as this process lives.
   *
   * @throws IOException when another agent has it
   */
  static FileLock lock(Path state) throws IOException {
    Files.createDirectories(state);
    Path file = state.resolve("carafed.lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      throw new IOException(
          "another carafed runs on %s (it holds %s); stop it, or choose another --state and --root"
              .formatted(state, file));
    }
    return lock;
  }
}
