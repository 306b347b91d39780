package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  private static List<Challenge> parse(String... headers) {
    return Challenge.parse(List.of(headers));
  }

  @Test
  void parametersComeInAnyOrderQuotedOrNot() {
    assertThat(
            parse(
                "Bearer scope=\"repository:a/b:pull,push\", service=s ,realm=\"https://t/x?y=z\""))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "scope",
                    "repository:a/b:pull,push",
                    "service",
                    "s",
                    "realm",
                    "https://t/x?y=z")));
  }

  @Test
  void scopeMayLack() {
    assertThat(parse("BEARER Realm=\"https://t\"").getFirst().parameters())
        .containsExactly(Map.entry("realm", "https://t"));
  }

  @Test
  void severalInOneHeaderOrMany() {
    List<Challenge> challenges =
        parse("Negotiate, Basic realm=\"a \\\"b\\\"\", Bearer realm=\"https://t\"", "Digest x=y");
    assertThat(challenges.stream().map(Challenge::scheme))
        .containsExactly("negotiate", "basic", "bearer", "digest");
    assertThat(challenges.get(1).parameters()).containsEntry("realm", "a \"b\"");
  }

  @Test
  void nonsenseEndsAndGivesNothingThatFits() {
    for (String header : List.of("", "=", "\"", ",,,", "Bearer realm=\"", "= = =", "Bearer =x")) {
      assertThat(
              parse(header).stream()
                  .filter(c -> !c.parameters().getOrDefault("realm", "").isEmpty()))
          .as(header)
          .isEmpty();
    }
  }
}
