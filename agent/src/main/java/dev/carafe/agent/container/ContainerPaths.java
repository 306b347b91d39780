package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Where everything of a container lies, from its id alone.
 *
 * @param id the container's id
 * @param root the agent's root directory
 */
public record ContainerPaths(String id, Path root) {
  /** Checks that nothing is missing. */
  public ContainerPaths {
    requireNonNull(id, "id is null");
    requireNonNull(root, "root is null");
  }

  /** The folder of all containers. */
  public static Path all(Path root) {
    return root.resolve("containers");
  }

  /** The durable record: the container's intent. */
  public Path record() {
    return all(root).resolve(id + ".json");
  }

  /** The folder of what is the container's own on disk. */
  public Path dir() {
    return all(root).resolve(id);
  }

  /** The OCI bundle's configuration, as it is started. */
  public Path configJson() {
    return dir().resolve("config.json");
  }

  /**
   * How it ended, once the agent knows: written without fsync, for the shim's record outlives the
   * agent.
   */
  public Path exit() {
    return dir().resolve("exit.json");
  }

  /** The writable layer. */
  public Path upper() {
    return dir().resolve("upper");
  }

  /** The volumes that its image declares. */
  Path volumes() {
    return dir().resolve("volumes");
  }

  /** The images of the checkpoint that it is started from; there only for such a container. */
  public Path checkpoint() {
    return dir().resolve("checkpoint");
  }

  /** Where its root is mounted while CRIU restores it. */
  Path criuRoot() {
    return dir().resolve("criu-root");
  }

  /** Overlay's own scratch space beside the writable layer. */
  public Path work() {
    return dir().resolve("work");
  }
}
