package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directory {@code certs.d}: which servers to ask for the images of a registry. Read at each
 * pull, so that a change needs no restart. Immutable, thread-safe.
 *
 * @param directory holds {@code HOST/hosts.toml}, {@code HOST_PORT_/hosts.toml} or {@code
 *     HOST:PORT/hosts.toml}, and {@code _default/hosts.toml} for all others; need not exist
 */
public record HostsDirectory(Path directory) {
  private static final String FILE = "hosts.toml";

  /** Checks for null. */
  public HostsDirectory {
    requireNonNull(directory, "directory is null");
  }

  /**
   * The servers for a registry in the order to try them.
   *
   * @throws ImageException.InvalidHostsFile naming file and key
   */
  public List<RegistryHost> hosts(String registry) {
    URI server = defaultServer(registry);
    List<String> names =
        List.of(
            registry.contains(":") ? registry.replaceFirst(":([0-9]+)$", "_$1_") : registry,
            registry,
            "_default");
    for (String name : names) {
      Path file = directory.resolve(name).resolve(FILE);
      byte[] content = readIfPresent(file);
      if (content != null) {
        return HostsFile.parse(file, content, registry, server);
      }
    }
    return List.of(
        new RegistryHost(
            HostsFile.withVersion(server), true, true, null, RegistryHost.Tls.DEFAULT, Map.of()));
  }

  private static byte @Nullable [] readIfPresent(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new ImageException.InvalidHostsFile(file + " can't be read: " + e.getMessage(), e);
    }
  }

  /** HTTPS, but plain HTTP for this machine itself. */
  private static URI defaultServer(String registry) {
    if (registry.equals("docker.io")) {
      return URI.create("https://registry-1.docker.io");
    }
    String host = registry.replaceFirst(":[0-9]+$", "");
    boolean local =
        host.equals("localhost") || host.matches("127(\\.[0-9]{1,3}){3}") || host.equals("[::1]");
    return URI.create((local ? "http://" : "https://") + registry);
  }
}
