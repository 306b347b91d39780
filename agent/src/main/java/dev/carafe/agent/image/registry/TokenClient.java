package dev.carafe.agent.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.agent.image.spec.ImageException;
import dev.carafe.agent.image.spec.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Turns a registry's challenge and the caller's credentials into an Authorization header
 * (distribution specification, token authentication). Immutable, thread-safe.
 */
final class TokenClient {
  private static final int MAX_ANSWER = 1 << 20;

  private final HttpTransport transport;
  private final HttpClients clients;
  private final Credentials credentials;
  private final Duration patience;

  TokenClient(
      HttpTransport transport, HttpClients clients, Credentials credentials, Duration patience) {
    this.transport = transport;
    this.clients = clients;
    this.credentials = credentials;
    this.patience = patience;
  }

  /**
   * The header to answer with; bearer is preferred to basic.
   *
   * @throws ImageException.Unauthorized if the credentials fit no challenge
   */
  String authorize(RegistryHost host, List<Challenge> challenges, String repository)
      throws IOException, InterruptedException {
    if (credentials instanceof Credentials.RegistryToken(String token)) {
      return "Bearer " + token;
    }
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer") && challenge.parameters().containsKey("realm")) {
        return "Bearer " + token(host, challenge.parameters(), repository);
      }
    }
    boolean basic =
        challenges.isEmpty() || challenges.stream().anyMatch(c -> c.scheme().equals("basic"));
    String header = basicHeader();
    if (basic && header != null) {
      return header;
    }
    throw new ImageException.Unauthorized(
        "%s wants credentials for %s, and %s do not fit; it accepts %s"
            .formatted(
                host,
                repository,
                credentials instanceof Credentials.None ? "none" : "those given",
                challenges.stream().map(Challenge::scheme).toList()));
  }

  private @Nullable String basicHeader() {
    if (!(credentials instanceof Credentials.Basic(String user, String password))) {
      return null;
    }
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private String token(RegistryHost host, Map<String, String> challenge, String repository)
      throws IOException, InterruptedException {
    URI realm = realm(host, challenge.getOrDefault("realm", ""));
    Map<String, String> fields = new LinkedHashMap<>();
    String service = challenge.get("service");
    if (service != null) {
      fields.put("service", service);
    }
    fields.put("scope", challenge.getOrDefault("scope", "repository:" + repository + ":pull"));
    HttpTransport.Request request =
        credentials instanceof Credentials.IdentityToken(String token)
            ? refresh(realm, fields, token)
            : get(realm, fields);
    boolean sameOrigin = HttpTransport.sameOrigin(realm, host.base());
    try (HttpTransport.Response response =
        transport.send(
            sameOrigin ? clients.of(host.tls()) : transport.shared(),
            transport.shared(),
            request,
            patience)) {
      byte[] body = response.body().readNBytes(MAX_ANSWER);
      return switch (response.status()) {
        case 200 -> tokenOf(body, realm);
        case 400, 401, 403, 404 ->
            throw new ImageException.Unauthorized(
                "%s refuses a token for %s with status %d; check the credentials"
                    .formatted(realm.getAuthority(), repository, response.status()));
        default ->
            throw new IOException(
                "token server %s answers with status %d"
                    .formatted(realm.getAuthority(), response.status()));
      };
    }
  }

  private HttpTransport.Request get(URI realm, Map<String, String> fields) {
    String query = encode(fields);
    URI uri = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
    String basic = basicHeader();
    return new HttpTransport.Request(
        "GET",
        uri,
        basic == null ? Map.of() : Map.of("Authorization", List.of(basic)),
        Map.of(),
        "");
  }

  private static HttpTransport.Request refresh(
      URI realm, Map<String, String> fields, String token) {
    fields.put("grant_type", "refresh_token");
    fields.put("client_id", "carafe");
    fields.put("refresh_token", token);
    return new HttpTransport.Request(
        "POST",
        realm,
        Map.of("Content-Type", List.of("application/x-www-form-urlencoded")),
        Map.of(),
        encode(fields));
  }

  private URI realm(RegistryHost host, String text) {
    URI realm;
    try {
      realm = host.base().resolve(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException.Unauthorized(host + " names a token server that is no URL: " + text);
    }
    boolean http = "http".equals(realm.getScheme());
    if ((!http && !"https".equals(realm.getScheme())) || realm.getHost() == null) {
      throw new ImageException.Unauthorized(
          host + " names a token server that is neither http nor https: " + text);
    }
    boolean downgrade = http && "https".equals(host.base().getScheme());
    if (downgrade && !(credentials instanceof Credentials.None)) {
      throw new ImageException.Unauthorized(
          "%s wants credentials sent to %s over plain http, which is refused"
              .formatted(host, realm.getAuthority()));
    }
    return realm;
  }

  private static String tokenOf(byte[] body, URI realm) {
    String what = "answer of token server " + realm.getAuthority();
    JsonNode answer = Json.parseObject(body, what);
    String token = Json.string(answer, "token", what);
    String found = token != null ? token : Json.string(answer, "access_token", what);
    if (found == null || found.isEmpty() || !found.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new ImageException.Unauthorized(what + " holds no token");
    }
    return found;
  }

  private static String encode(Map<String, String> fields) {
    StringJoiner joined = new StringJoiner("&");
    fields.forEach(
        (key, value) -> joined.add(key + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return joined.toString();
  }
}
