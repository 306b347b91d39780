package dev.carafe.agent.image.registry;

import dev.carafe.agent.image.spec.ImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One pull's dealings with one host: authentication as it asks for it, and patience with its
 * failures. Thread-safe.
 */
final class HostSession {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);
  private static final int ERROR_TEXT = 2048;

  private final RegistryHost host;
  private final String repository;
  private final HttpTransport transport;
  private final HttpClients clients;
  private final TokenClient tokens;
  private final Duration patience;
  private final int attempts;
  private volatile @Nullable String authorization;

  HostSession(
      RegistryHost host,
      String repository,
      HttpTransport transport,
      HttpClients clients,
      TokenClient tokens,
      Duration patience,
      int attempts) {
    this.host = host;
    this.repository = repository;
    this.transport = transport;
    this.clients = clients;
    this.tokens = tokens;
    this.patience = patience;
    this.attempts = attempts;
  }

  RegistryHost host() {
    return host;
  }

  /**
   * Asks for {@code path} below the repository. Server errors, overload and broken connections are
   * tried again after a growing pause.
   *
   * @return an answer with status 200 or 206, or 416 where a range was asked for
   * @throws ImageException NotFound, Unauthorized or RegistryUnavailable
   */
  HttpTransport.Response send(String method, String path, Map<String, List<String>> headers)
      throws InterruptedException {
    URI uri = host.url(repository + "/" + path);
    String failure = "";
    IOException cause = null;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      Duration pause = pause(attempt);
      try {
        HttpTransport.Response response = authorized(method, uri, headers);
        int status = response.status();
        boolean ranged = status == 416 && headers.containsKey("Range");
        if (status == 200 || status == 206 || ranged) {
          return response;
        }
        failure = "status " + status + textOf(response);
        pause = longer(pause, retryAfter(response));
        response.close();
        if (status != 408 && status != 429 && status < 500) {
          throw refused(status, uri, failure);
        }
      } catch (InterruptedIOException e) {
        throw new InterruptedException(e.getMessage());
      } catch (IOException e) {
        if (isDistrust(e)) {
          throw new ImageException.RegistryUnavailable(
              "%s has a certificate that is not trusted (%s); name its authority by ca in hosts.toml"
                  .formatted(host, e.getMessage()),
              e);
        }
        String said = e.getMessage();
        failure = said == null ? "no connection (" + e.getClass().getSimpleName() + ")" : said;
        cause = e;
      }
      if (attempt < attempts) {
        Thread.sleep(pause);
      }
    }
    throw new ImageException.RegistryUnavailable(
        "%s %s failed %d times: %s".formatted(method, uri, attempts, failure), cause);
  }

  /** No second try will make the certificate a better one. */
  private static boolean isDistrust(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  private HttpTransport.Response authorized(
      String method, URI uri, Map<String, List<String>> headers)
      throws IOException, InterruptedException {
    HttpTransport.Response response = once(method, uri, headers);
    if (response.status() != 401) {
      return response;
    }
    List<String> challenge = response.headers().allValues("WWW-Authenticate");
    response.close();
    authorization = tokens.authorize(host, Challenge.parse(challenge), repository);
    return once(method, uri, headers);
  }

  private HttpTransport.Response once(String method, URI uri, Map<String, List<String>> headers)
      throws IOException, InterruptedException {
    Map<String, List<String>> all = new HashMap<>(headers);
    Map<String, List<String>> own = new HashMap<>(host.headers());
    String header = authorization;
    if (header != null) {
      // It answers the server's challenge: a header of the hosts.toml was its raw material.
      own.keySet().removeIf(name -> name.equalsIgnoreCase("Authorization"));
      all.put("Authorization", List.of(header));
    }
    return transport.send(
        clients.of(host.tls()),
        clients.of(host.tls().withoutClients()),
        new HttpTransport.Request(method, uri, all, own, ""),
        patience);
  }

  private ImageException refused(int status, URI uri, String failure) {
    String message = "%s at %s: %s".formatted(host, uri.getPath(), failure);
    return switch (status) {
      case 401, 403 ->
          new ImageException.Unauthorized(
              "%s refuses access to %s (%s); check the credentials"
                  .formatted(host, repository, failure));
      case 404, 410 -> new ImageException.NotFound(message);
      default -> new ImageException.RegistryUnavailable(message, null);
    };
  }

  private static String textOf(HttpTransport.Response response) throws IOException {
    byte[] start = response.body().readNBytes(ERROR_TEXT);
    String text =
        new String(start, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return text.isEmpty() ? "" : " " + text;
  }

  private static Duration retryAfter(HttpTransport.Response response) {
    String value = response.headers().firstValue("Retry-After").orElse("");
    if (value.matches("[0-9]{1,6}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      Instant when = DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from);
      return Duration.between(Instant.now(), when);
    } catch (DateTimeParseException neither) {
      return Duration.ZERO;
    }
  }

  private static Duration longer(Duration pause, Duration asked) {
    Duration longer = asked.compareTo(pause) > 0 ? asked : pause;
    return longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
  }

  /** Doubles, with a random half so that many nodes do not come back at once. */
  static Duration pause(int attempt) {
    long millis = FIRST_PAUSE.toMillis() << Math.min(attempt - 1, 6);
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
  }
}
