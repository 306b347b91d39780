package dev.carafe.agent.image.registry;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP for registries: one shared client, redirects followed here so that what is meant for one
 * origin never reaches another. Thread-safe.
 */
final class HttpTransport implements AutoCloseable {
  private static final int MAX_REDIRECTS = 8;
  private static final Duration CONNECT = Duration.ofSeconds(15);

  /** What is only for the server it was made for. */
  private static final List<String> PRIVATE_HEADERS =
      List.of("authorization", "cookie", "proxy-authorization");

  // Made by the first pull: it reads the system's certificates, for which no start should wait.
  private final Object lock = new Object();
  private @Nullable HttpClient shared;

  /** A server's answer; the caller closes the body. */
  record Response(int status, HttpHeaders headers, InputStream body) implements AutoCloseable {
    Response {
      requireNonNull(headers, "headers is null");
      requireNonNull(body, "body is null");
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  /**
   * A request.
   *
   * @param own headers for the first server only, as a hosts.toml gives them
   * @param form what to POST, empty for none
   */
  record Request(
      String method,
      URI uri,
      Map<String, List<String>> headers,
      Map<String, List<String>> own,
      String form) {
    Request {
      requireNonNull(method, "method is null");
      requireNonNull(uri, "uri is null");
      headers = Map.copyOf(headers);
      own = Map.copyOf(own);
    }
  }

  static HttpClient.Builder builder() {
    // HTTP/1.1: its flow control is TCP's own, and plain-HTTP registries stumble over an upgrade.
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(CONNECT)
        .proxy(new EnvironmentProxies(System.getenv()))
        .executor(Executors.newVirtualThreadPerTaskExecutor());
  }

  /** The client of hosts without TLS settings of their own. */
  HttpClient shared() {
    synchronized (lock) {
      if (shared == null) {
        shared = builder().build();
      }
      return shared;
    }
  }

  /**
   * Sends and follows redirects. No limit on the whole, but on each wait for the next byte.
   *
   * @param client for the request's own origin
   * @param elsewhere for origins that it is redirected to
   * @throws IOException if the connection fails or nothing comes for {@code patience}
   */
  Response send(HttpClient client, HttpClient elsewhere, Request request, Duration patience)
      throws IOException, InterruptedException {
    URI uri = request.uri();
    for (int i = 0; i <= MAX_REDIRECTS; i++) {
      boolean own = sameOrigin(request.uri(), uri);
      Response response = once(own ? client : elsewhere, request, uri, patience);
      String location = response.headers().firstValue("Location").orElse(null);
      boolean redirect =
          switch (response.status()) {
            case 301, 302, 303, 307, 308 -> location != null;
            default -> false;
          };
      if (!redirect) {
        return response;
      }
      response.close();
      uri = next(uri, requireNonNull(location));
    }
    throw new IOException(request.uri() + " redirects more than " + MAX_REDIRECTS + " times");
  }

  private static URI next(URI from, String location) throws IOException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException(from + " redirects to what is no URL: " + location, e);
    }
    if (!"https".equals(to.getScheme()) && !"http".equals(to.getScheme())) {
      throw new IOException(from + " redirects to " + to + ": neither http nor https");
    }
    if ("https".equals(from.getScheme()) && "http".equals(to.getScheme())) {
      throw new ImageException.RegistryUnavailable(
          "%s://%s redirects from https to plain http at %s, which is refused; let the registry give relative or https URLs"
              .formatted(from.getScheme(), from.getAuthority(), to.getAuthority()),
          null);
    }
    return to;
  }

  private static Response once(HttpClient client, Request request, URI uri, Duration patience)
      throws IOException, InterruptedException {
    HttpRequest.Builder http = HttpRequest.newBuilder(uri);
    boolean sameOrigin = sameOrigin(request.uri(), uri);
    if (!sameOrigin && !request.form().isEmpty()) {
      throw new IOException(
          "%s redirects a secret to %s, another server, which is refused"
              .formatted(request.uri(), uri.getAuthority()));
    }
    Map<String, List<String>> headers = new HashMap<>(request.headers());
    headers.put("User-Agent", List.of("carafe"));
    if (sameOrigin) {
      headers.putAll(request.own());
    }
    headers.forEach((name, values) -> {
      if (sameOrigin || !PRIVATE_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        values.forEach(value -> http.header(name, value));
      }
    });
    http.method(
        request.method(),
        request.form().isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(request.form()));
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(http.build(), info -> new TimedBody(patience));
    try {
      HttpResponse<InputStream> response = answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return new Response(response.statusCode(), response.headers(), response.body());
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no answer for " + patience.toMillis() + " ms");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  static boolean sameOrigin(URI a, URI b) {
    return Objects.equals(a.getScheme(), b.getScheme())
        && Objects.equals(a.getHost(), b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (shared != null) {
        shared.shutdownNow();
      }
    }
  }
}
