package dev.carafe.agent.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokensTest {
  private Instant now = Instant.EPOCH;
  private final Tokens tokens = new Tokens(() -> now);
  private final StreamRequest request =
      new StreamRequest.Ports(port -> {
        throw new IOException("nobody connects here");
      });

  @Test
  void aTokenHasEightCharactersOfBase64UrlAndIsNeverTheSame() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      seen.add(tokens.issue(request));
    }
    assertThat(seen).hasSize(500).allMatch(token -> token.matches("[A-Za-z0-9_-]{8}"));
  }

  @Test
  void aTokenIsGoodOnce() {
    String token = tokens.issue(request);
    assertThat(tokens.redeem("portforward", token)).isSameAs(request);
    assertThat(tokens.redeem("portforward", token)).isNull();
  }

  @Test
  void aTokenOfAnotherPathIsNotRedeemedAndStaysGood() {
    String token = tokens.issue(request);
    assertThat(tokens.redeem("exec", token)).isNull();
    assertThat(tokens.redeem("portforward", token)).isSameAs(request);
  }

  @Test
  void aTokenEndsAfterAMinute() {
    String early = tokens.issue(request);
    String late = tokens.issue(request);
    now = now.plus(Duration.ofMillis(59_999));
    assertThat(tokens.redeem("portforward", early)).isSameAs(request);
    now = now.plusMillis(1);
    assertThat(tokens.redeem("portforward", late)).isNull();
  }

  @Test
  void aThousandMayWaitAndTheirEndMakesRoom() {
    String first = tokens.issue(request);
    for (int i = 1; i < 1000; i++) {
      tokens.issue(request);
    }
    assertThatThrownBy(() -> tokens.issue(request))
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.kind()).isEqualTo(Failure.Kind.EXHAUSTED));
    assertThat(tokens.redeem("portforward", first)).isNotNull();
    tokens.issue(request);
    now = now.plus(Tokens.LIFETIME);
    assertThat(tokens.issue(request)).hasSize(8);
  }
}
