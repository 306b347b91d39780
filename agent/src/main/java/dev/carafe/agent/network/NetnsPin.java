package dev.carafe.agent.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pins of network namespaces. */
final class NetnsPin {
  private NetnsPin() {}

  /**
   * Whether a namespace is still behind the file: one that was unmounted leaves an ordinary file on
   * its directory's own device.
   */
  static boolean isAlive(Path pin) {
    Path directory = pin.toAbsolutePath().getParent();
    try {
      return directory != null
          && !Files.getAttribute(pin, "unix:dev").equals(Files.getAttribute(directory, "unix:dev"));
    } catch (IOException _) {
      return false;
    }
  }
}
