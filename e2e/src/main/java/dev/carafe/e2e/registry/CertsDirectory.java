package dev.carafe.e2e.registry;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** Writes a {@code certs.d} tree (containerd's {@code HOST/hosts.toml} form). */
public final class CertsDirectory {
  private CertsDirectory() {}

  /**
   * Makes {@code mirror} the only source of every one of {@code hosts}: the registry itself is not
   * asked.
   *
   * @param directory made if absent; a host's earlier file is replaced
   * @param mirror for example {@code http://127.0.0.1:5000}
   */
  public static void write(Path directory, URI mirror, Collection<String> hosts)
      throws IOException {
    for (String host : hosts) {
      Path folder = Files.createDirectories(directory.resolve(host));
      Files.writeString(
          folder.resolve("hosts.toml"),
          """
          server = "%1$s"

          [host."%1$s"]
            capabilities = ["pull", "resolve"]
          """
              .formatted(mirror));
    }
  }
}
