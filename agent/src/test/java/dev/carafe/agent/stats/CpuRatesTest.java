package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

final class CpuRatesTest {
  private static final long SECOND = 1_000_000_000L;

  private final CpuRates rates = new CpuRates();

  @Test
  void theFirstRateIsTheMeanSinceTheStart() {
    assertThat(rates.sample("a", 10 * SECOND, 14 * SECOND, 2 * SECOND)).isEqualTo(SECOND / 2);
  }

  @Test
  void oneCpuIsABillion() {
    rates.sample("a", 0, 100 * SECOND, 0);
    assertThat(rates.sample("a", 0, 110 * SECOND, 10 * SECOND))
        .isCloseTo(SECOND / 11, org.assertj.core.data.Offset.offset(SECOND));
    assertThat(rates.sample("a", 0, 120 * SECOND, 20 * SECOND)).isEqualTo(SECOND);
    assertThat(rates.sample("a", 0, 130 * SECOND, 60 * SECOND)).isEqualTo(5 * SECOND / 2);
  }

  @Test
  void whatIsOlderThanTheWindowNoLongerCounts() {
    rates.sample("a", 0, 100 * SECOND, 50 * SECOND);
    for (int second = 101; second <= 120; second++) {
      rates.sample("a", 0, second * SECOND, 50 * SECOND);
    }
    assertThat(rates.sample("a", 0, 121 * SECOND, 65 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void askingOftenDoesNotShortenTheWindow() {
    rates.sample("a", 0, 100 * SECOND, 0);
    rates.sample("a", 0, 115 * SECOND, 0);
    long rate = 0;
    for (int i = 1; i <= 1000; i++) {
      rate = rates.sample("a", 0, 115 * SECOND + i, i);
    }
    assertThat(rate).isLessThan(100);
  }

  @Test
  void aCounterThatStartsAgainIsANewOne() {
    rates.sample("a", 0, 10 * SECOND, 5 * SECOND);
    assertThat(rates.sample("a", 11 * SECOND, 13 * SECOND, SECOND)).isEqualTo(SECOND / 2);
  }

  @Test
  void idsAreApartAndCanBeForgotten() {
    rates.sample("a", 0, 10 * SECOND, 10 * SECOND);
    assertThat(rates.sample("b", 0, 10 * SECOND, 0)).isZero();
    rates.retain(Set.of("b"));
    assertThat(rates.sample("a", 0, 20 * SECOND, 10 * SECOND)).isEqualTo(SECOND / 2);
  }

  @Test
  void aClockThatStandsStillGivesNoRate() {
    assertThat(rates.sample("a", 10, 10, 5)).isZero();
    assertThat(rates.sample("a", 10, 9, 6)).isZero();
  }
}
