package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster adds to the host's configuration of carafed. Until a change is {@linkplain
 * #settle settled} it can be taken back.
 */
final class DropIn {
  private static final String FILE = "/etc/carafe/carafe.toml.d/40-carafe-node.toml";
  private static final String BEFORE = FILE + ".before";

  private final HostSettings host;

  DropIn(HostSettings host) {
    this.host = requireNonNull(host, "host is null");
  }

  /** Brings the cluster's file to the host; without one the host's own goes. */
  void bring() throws IOException {
    Path file = host.path(FILE);
    Path before = host.path(BEFORE);
    if (!Files.exists(before)) {
      HostFiles.write(before, Files.exists(file) ? Files.readString(file) : "");
    }
    @Nullable Path cluster = host.dropIn();
    put(cluster != null && Files.isRegularFile(cluster) ? Files.readString(cluster) : "");
  }

  /** Puts back what was there before {@link #bring}. */
  void takeBack() throws IOException {
    Path before = host.path(BEFORE);
    if (Files.exists(before)) {
      put(Files.readString(before));
      Files.delete(before);
    }
  }

  /** The change stays. */
  void settle() throws IOException {
    Files.deleteIfExists(host.path(BEFORE));
  }

  /** Takes it from the host. */
  void remove() throws IOException {
    Files.deleteIfExists(host.path(FILE));
    settle();
  }

  /** An empty text is no file. */
  private void put(String text) throws IOException {
    if (text.isEmpty()) {
      Files.deleteIfExists(host.path(FILE));
    } else {
      HostFiles.write(host.path(FILE), text);
    }
  }
}
