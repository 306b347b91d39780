package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One-time tokens: 8 base64url characters (48 random bits), good for a minute, at most 1000 not yet
 * redeemed, as the kubelet's own streaming library has it. Thread-safe.
 */
final class Tokens {
  /** How long a token can be redeemed. */
  static final Duration LIFETIME = Duration.ofMinutes(1);

  /** How many tokens may wait for their client. */
  static final int LIMIT = 1000;

  private static final int BYTES = 6;

  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  // Every token lives equally long: the eldest come first.
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();

  private record Waiting(StreamRequest request, Instant end) {}

  Tokens(InstantSource clock) {
    this.clock = requireNonNull(clock, "clock is null");
  }

  /**
   * A new token for this request.
   *
   * @throws Failure of kind EXHAUSTED when 1000 are waiting
   */
  synchronized String issue(StreamRequest request) {
    requireNonNull(request, "request is null");
    Instant now = clock.instant();
    expire(now);
    if (waiting.size() >= LIMIT) {
      throw Failure.exhausted(
          LIMIT + " streams were asked for and not opened; open one or try again in a minute",
          null);
    }
    String token = fresh();
    while (waiting.putIfAbsent(token, new Waiting(request, now.plus(LIFETIME))) != null) {
      token = fresh();
    }
    return token;
  }

  /**
   * The request behind a token, which is void from now on; null when it is unknown, used, expired
   * or for another path.
   */
  synchronized @Nullable StreamRequest redeem(String path, String token) {
    expire(clock.instant());
    Waiting found = waiting.get(token);
    if (found == null || !found.request.path().equals(path)) {
      return null;
    }
    waiting.remove(token);
    return found.request;
  }

  private String fresh() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private void expire(Instant now) {
    waiting.values().removeIf(token -> !now.isBefore(token.end));
  }
}
