package dev.carafe.agent.oci;

import java.nio.file.Path;

/** Which system call filter a container gets. */
public sealed interface SeccompChoice {
  /** None. */
  record Unconfined() implements SeccompChoice {}

  /** The runtime's own. */
  record RuntimeDefault() implements SeccompChoice {}

  /**
   * One of the node.
   *
   * @param profile absolute path of a JSON file
   */
  record Localhost(Path profile) implements SeccompChoice {}
}
