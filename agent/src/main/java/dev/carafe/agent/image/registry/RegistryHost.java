package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server that may have a registry's images: a mirror, or the registry itself.
 *
 * @param base where the API's paths begin, for example {@code https://registry.example/v2}, without
 *     a slash at the end
 * @param canResolve whether its word on what a tag means counts
 * @param canPull whether it may be asked for content by digest
 * @param namespace the registry it stands in for, told to it as {@code ns}; null for the registry
 *     itself
 * @param headers sent with each request
 */
public record RegistryHost(
    URI base,
    boolean canResolve,
    boolean canPull,
    @Nullable String namespace,
    Tls tls,
    Map<String, List<String>> headers) {
  /** Checks for null and copies. */
  public RegistryHost {
    requireNonNull(base, "base is null");
    requireNonNull(tls, "tls is null");
    headers = Map.copyOf(headers);
  }

  /**
   * How to talk TLS to a host.
   *
   * @param authorities files of PEM certificates that are trusted beside the system's
   * @param clients files with which this node proves itself
   * @param skipVerify whether any certificate will do
   */
  public record Tls(List<Path> authorities, List<ClientKey> clients, boolean skipVerify) {
    /** What the Java platform trusts. */
    public static final Tls DEFAULT = new Tls(List.of(), List.of(), false);

    /** For servers that the host redirects to: this node's proof is for the host alone. */
    Tls withoutClients() {
      return new Tls(authorities, List.of(), skipVerify);
    }

    /** Copies. */
    public Tls {
      authorities = List.copyOf(authorities);
      clients = List.copyOf(clients);
    }
  }

  /**
   * A client certificate.
   *
   * @param key null where the certificate's file holds the key too
   */
  public record ClientKey(Path certificate, @Nullable Path key) {
    /** Checks for null. */
    public ClientKey {
      requireNonNull(certificate, "certificate is null");
    }
  }

  /** An API URL; {@code path} begins below {@code /v2/}. */
  URI url(String path) {
    String query = namespace == null ? "" : "?ns=" + namespace;
    return URI.create(base + "/" + path + query);
  }

  /**
   * Whether what a caller proves itself with to the registry may be told to this server: a mirror
   * is somebody else.
   */
  boolean isRegistry() {
    return namespace == null;
  }

  /** What the headers of its hosts.toml prove this node with; a mirror has nothing else. */
  Credentials ownCredentials() {
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      if (header.getKey().equalsIgnoreCase("Authorization") && !header.getValue().isEmpty()) {
        return Credentials.ofHeader(header.getValue().getFirst());
      }
    }
    return new Credentials.None();
  }

  /** The server's name for messages. */
  @Override
  public String toString() {
    return base.getScheme() + "://" + base.getAuthority();
  }
}
