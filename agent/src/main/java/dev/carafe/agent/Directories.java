package dev.carafe.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.carafe.agent.container.ContainerPaths;
import dev.carafe.agent.pod.PodPaths;
import dev.carafe.runtime.state.DurableFile;
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
  /** A socket's path has 107 bytes (unix(7)), of which "/pods/ID/shim.sock" takes 80. */
  private static final int STATE_PATH_MAX = 27;

  private Directories() {}

  /** The folder of the records that say which resctrl groups are ours. */
  static Path rdt(Path root) {
    return root.resolve("rdt");
  }

  /**
   * The file that says which resctrl groups are the RDT configuration's; void after a reboot, as
   * they are.
   */
  static Path rdtGroups(Path state) {
    return state.resolve("rdt-groups.json");
  }

  /** The record of MB values that the controller lowered; void after a reboot. */
  static Path rdtThrottled(Path state) {
    return state.resolve("rdt-throttled.json");
  }

  /** The folder of the records of monitoring groups; void after a reboot. */
  static Path rdtMonitoring(Path state) {
    return state.resolve("rdt-mon");
  }

  /**
   * Makes the directories that are missing, and removes records that a killed agent left
   * unfinished. Only root may look into them, for records hold the environment of containers; the
   * socket alone may be opened to others.
   */
  static void create(Path root, Path state) throws IOException {
    int length = state.toString().getBytes(UTF_8).length;
    if (length > STATE_PATH_MAX) {
      throw new IOException(
          "the state directory %s has %d bytes: expected at most %d, for the kernel limits paths of sockets; choose a shorter one"
              .formatted(state, length, STATE_PATH_MAX));
    }
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
    for (Path records : List.of(PodPaths.records(root), ContainerPaths.all(root), rdt(root))) {
      DurableFile.sweep(records);
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
