package dev.carafe.agent.checkpoint;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a request for a checkpoint must be like, before anything is stopped for it (KEP-5823). */
public final class CheckpointRules {
  private CheckpointRules() {}

  /** A call that may hold a pod still must end. */
  public static void deadline(boolean has) {
    if (!has) {
      throw Failure.invalid(
          "the call has no deadline: set one, for the pod stands still meanwhile");
    }
  }

  /** Options that nobody knows are never ignored, and there are none. */
  public static void options(Map<String, String> options) {
    if (!options.isEmpty()) {
      throw Failure.invalid(
          "options: %s; expected none".formatted(new TreeSet<>(options.keySet())));
    }
  }

  /**
   * The archive of one container: an absolute path of a file that is not there yet, in a folder
   * that is.
   */
  public static Path location(String location) {
    Path path = absolute("location", location);
    Path folder = path.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw Failure.invalid("location: %s is in no folder that exists".formatted(path));
    }
    if (Files.exists(path)) {
      throw Failure.exists("location: %s exists; expected the path of a new file".formatted(path));
    }
    return path;
  }

  /** The folder of a pod's checkpoint: there, and empty. */
  public static Path output(String output) {
    Path path = absolute("output_path", output);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      if (entries.iterator().hasNext()) {
        throw Failure.invalid("output_path: %s is not empty".formatted(path));
      }
    } catch (IOException missing) {
      throw Failure.invalid(
          "output_path: %s is no directory that can be read; make an empty one".formatted(path),
          missing);
    }
    return path;
  }

  /** The folder that a pod is restored from. */
  public static Path checkpoint(String checkpoint) {
    Path path = absolute("checkpoint_path", checkpoint);
    if (!Files.isDirectory(path)) {
      throw Failure.invalid("checkpoint_path: %s is no directory".formatted(path));
    }
    return path;
  }

  /**
   * The containers of a checkpoint: not none, each once, and exactly the pod's running ones.
   *
   * @param running ids
   */
  public static void selection(List<String> ids, Collection<String> running) {
    if (ids.isEmpty()) {
      throw Failure.invalid("container_ids is empty: expected the pod's running containers");
    }
    Set<String> asked = new HashSet<>(ids);
    if (asked.size() < ids.size()) {
      throw Failure.invalid("container_ids: %s names one twice".formatted(ids));
    }
    if (!asked.equals(new HashSet<>(running))) {
      throw Failure.wrongState(
          "container_ids: %s; expected exactly the containers that run in the pod: %s"
              .formatted(ids, new TreeSet<>(running)));
    }
  }

  private static Path absolute(String field, String path) {
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw Failure.invalid(
          "%s: \"%s\"; expected an absolute path".formatted(field, path.replace('\0', '?')));
    }
    return Path.of(path).normalize();
  }
}
