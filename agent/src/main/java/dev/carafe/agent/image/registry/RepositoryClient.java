package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.Descriptor;
import dev.carafe.agent.image.spec.Digest;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.ImageReference;
import dev.carafe.agent.image.spec.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one repository for one pull: its mirrors in their order, then the registry itself. A host
 * that failed is not asked again in the same pull. Thread-safe.
 */
public final class RepositoryClient implements AutoCloseable {
  private static final int ATTEMPTS = 5;
  private static final int MIRROR_ATTEMPTS = 2;
  private static final Map<String, List<String>> ACCEPT =
      Map.of("Accept", List.of(String.join(", ", Manifest.MEDIA_TYPES)));

  private final String name;
  private final HttpClients clients;
  private final List<HostSession> sessions;
  private final Set<HostSession> failed = ConcurrentHashMap.newKeySet();
  private final Duration progressTimeout;

  RepositoryClient(
      ImageReference reference,
      List<RegistryHost> hosts,
      Credentials credentials,
      HttpTransport transport,
      Duration progressTimeout) {
    this.name = reference.name();
    this.clients = new HttpClients(transport.shared());
    this.progressTimeout = progressTimeout;
    // A silent connection is given up long before the pull is, so that a new one can be tried.
    Duration patience = progressTimeout.dividedBy(4);
    List<HostSession> all = new ArrayList<>();
    for (RegistryHost host : hosts) {
      boolean last = all.size() == hosts.size() - 1;
      Credentials own = host.ownCredentials();
      boolean callers = host.isRegistry() && own instanceof Credentials.None;
      TokenClient tokens =
          new TokenClient(transport, clients, callers ? credentials : own, patience);
      all.add(
          new HostSession(
              host,
              reference.repository(),
              transport,
              clients,
              tokens,
              patience,
              last ? ATTEMPTS : MIRROR_ATTEMPTS));
    }
    this.sessions = List.copyOf(all);
  }

  /**
   * A manifest as it came.
   *
   * @param digest of exactly these bytes
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record RawManifest(byte[] bytes, Digest digest) {
    /** Checks for null. */
    public RawManifest {
      requireNonNull(bytes, "bytes is null");
      requireNonNull(digest, "digest is null");
    }
  }

  /** What one host can be asked. */
  @FunctionalInterface
  private interface Question<T> {
    T ask(HostSession session) throws InterruptedException;
  }

  /**
   * What the reference means now. It is asked for by HEAD, which public registries do not count
   * against their limits; also a digest is, so that the caller's right to the image is checked.
   *
   * @return null where the registry does not tell digests
   */
  public @Nullable Digest resolve(ImageReference reference) throws InterruptedException {
    return onHosts(
            session -> session.host().canResolve() || reference.digest() != null,
            session -> {
              try (HttpTransport.Response response =
                  session.send("HEAD", "manifests/" + reference.version(), ACCEPT)) {
                String told = response.headers().firstValue("Docker-Content-Digest").orElse(null);
                return reference.digest() != null || told == null
                    ? new Resolved(reference.digest())
                    : new Resolved(Digest.parse(told));
              } catch (IOException | ImageException.InvalidReference e) {
                throw new ImageException.RegistryUnavailable(
                    "%s: HEAD of %s: %s".formatted(session.host(), reference, e.getMessage()), e);
              }
            })
        .digest();
  }

  private record Resolved(@Nullable Digest digest) {}

  /** The manifest that a tag means now, from a registry that tells no digests. */
  public RawManifest taggedManifest(String tag) throws InterruptedException {
    return onHosts(session -> session.host().canResolve(), session -> readManifest(session, tag));
  }

  /** A manifest by digest, verified. */
  public RawManifest manifest(Digest digest) throws InterruptedException {
    return onHosts(
        session -> session.host().canPull(),
        session -> {
          byte[] bytes = readManifest(session, digest.toString()).bytes();
          Digest actual = Digest.of(digest.algorithm(), digest.newMessageDigest().digest(bytes));
          if (!actual.equals(digest)) {
            throw new ImageException.DigestMismatch(
                "manifest %s of %s was expected, %s gives %s"
                    .formatted(digest, name, session.host(), actual));
          }
          return new RawManifest(bytes, digest);
        });
  }

  private RawManifest readManifest(HostSession session, String version)
      throws InterruptedException {
    IOException failure = null;
    for (int attempt = 1; attempt <= MIRROR_ATTEMPTS; attempt++) {
      try (HttpTransport.Response response = session.send("GET", "manifests/" + version, ACCEPT)) {
        byte[] bytes = response.body().readNBytes(Manifest.MAX_BYTES + 1);
        if (bytes.length > Manifest.MAX_BYTES) {
          throw new ImageException.InvalidImage(
              "manifest %s of %s is larger than %d bytes"
                  .formatted(version, name, Manifest.MAX_BYTES),
              null);
        }
        return new RawManifest(bytes, Digest.of(bytes));
      } catch (IOException e) {
        failure = e;
      }
    }
    throw ImageException.unavailable(
        "%s: manifest %s of %s".formatted(session.host(), version, name), failure);
  }

  /** A blob, resumed when the connection breaks. Not verified. The caller closes it. */
  public InputStream blob(Descriptor descriptor) {
    return new ResumingBlob(this, descriptor, progressTimeout);
  }

  /**
   * A blob's body.
   *
   * @param start the byte of the blob it begins with: 0 where the server knows no ranges
   */
  record BlobBody(InputStream in, long start) {}

  /** The body of a blob, from {@code position} on if the server can do that. */
  BlobBody blobFrom(Descriptor descriptor, long position) throws InterruptedException {
    return onHosts(
        session -> session.host().canPull(), session -> openBlob(session, descriptor, position));
  }

  private static BlobBody openBlob(HostSession session, Descriptor descriptor, long position)
      throws InterruptedException {
    Map<String, List<String>> headers =
        position == 0 ? Map.of() : Map.of("Range", List.of("bytes=" + position + "-"));
    String path = "blobs/" + descriptor.digest();
    HttpTransport.Response response = session.send("GET", path, headers);
    if (response.status() == 416) {
      // Some storage behind a registry refuses ranges of what it serves whole.
      closeQuietly(response);
      response = session.send("GET", path, Map.of());
    }
    if (response.status() == 200) {
      return new BlobBody(response.body(), 0);
    }
    String range = response.headers().firstValue("Content-Range").orElse("");
    if (range.startsWith("bytes " + position + "-")) {
      return new BlobBody(response.body(), position);
    }
    String message =
        "%s gives range '%s' of %s instead of the bytes from %d on"
            .formatted(session.host(), range, descriptor.digest(), position);
    closeQuietly(response);
    throw new ImageException.RegistryUnavailable(message, null);
  }

  private static void closeQuietly(HttpTransport.Response response) {
    try {
      response.close();
    } catch (IOException e) {
      // Nothing more is wanted of it.
    }
  }

  private <T> T onHosts(Predicate<HostSession> capable, Question<T> question)
      throws InterruptedException {
    List<ImageException> failures = new ArrayList<>();
    List<HostSession> candidates =
        sessions.stream().filter(capable).filter(s -> !failed.contains(s)).toList();
    for (HostSession session : candidates) {
      try {
        return question.ask(session);
      } catch (ImageException.NotFound
          | ImageException.Unauthorized
          | ImageException.DigestMismatch
          | ImageException.RegistryUnavailable e) {
        if (e instanceof ImageException.RegistryUnavailable
            && !session.equals(candidates.getLast())) {
          failed.add(session);
        }
        failures.add(e);
      }
    }
    throw failures.isEmpty()
        ? new ImageException.RegistryUnavailable(
            "no host is configured from which %s may be pulled; see hosts.toml".formatted(name),
            null)
        : all(failures);
  }

  /** The last one counts, for it is the registry's own; a person hears of its mirrors' too. */
  private static ImageException all(List<ImageException> failures) {
    ImageException last = failures.getLast();
    if (failures.size() == 1) {
      return last;
    }
    String before =
        failures.subList(0, failures.size() - 1).stream()
            .map(Throwable::getMessage)
            .collect(Collectors.joining("; "));
    return last.of(before + "; then");
  }

  /** Lets go of connections with TLS settings of their own. */
  @Override
  public void close() {
    clients.close();
  }
}
