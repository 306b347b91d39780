package dev.carafe.agent.image.spec;

import static java.util.Objects.requireNonNull;

/** What an image variant runs on, in Go's names as in OCI indexes. */
public record Platform(String os, String architecture) {
  /** The platform Carafe runs on. */
  public static final Platform NODE = new Platform("linux", "amd64");

  /** Checks for null. */
  public Platform {
    requireNonNull(os, "os is null");
    requireNonNull(architecture, "architecture is null");
  }

  /** {@code os/architecture}. */
  @Override
  public String toString() {
    return os + "/" + architecture;
  }
}
