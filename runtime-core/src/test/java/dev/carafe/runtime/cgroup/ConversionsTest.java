package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConversionsTest {
  /** The ends and the default are given; the others were worked out by hand from the formula. */
  @ParameterizedTest
  @CsvSource({"0, 1", "2, 1", "3, 2", "1024, 100", "2048, 174", "262144, 10000", "999999, 10000"})
  void sharesBecomeWeight(long shares, long weight) {
    assertThat(Conversions.weightOfShares(shares)).isEqualTo(weight);
  }

  /** All of them. */
  @Test
  void moreSharesNeverWeighLess() {
    for (long shares = 2; shares < 262_144; shares++) {
      long less = Conversions.weightOfShares(shares);
      long more = Conversions.weightOfShares(shares + 1);
      if (more < less || less < 1 || more > 10_000) {
        fail("%d shares weigh %d, %d weigh %d", shares, less, shares + 1, more);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"10, 1", "500, 4950", "1000, 10000"})
  void blockWeightBecomesIoWeight(int weight, long expected) {
    assertThat(Conversions.ioWeight(weight)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"100, 300, 200", "100, 100, 0", "100, -1, max", "-1, -1, max", ", -1, max"})
  void bothTogetherBecomeSwapAlone(Long memory, long both, String expected) {
    assertThat(Conversions.swapMax(memory, both)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"100, 99", ", 100", "-1, 100", "100, -2"})
  void refusesDifferencesWithoutMeaning(Long memory, long both) {
    assertThatThrownBy(() -> Conversions.swapMax(memory, both))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("memory+swap");
  }

  @Test
  void noLimitIsMax() {
    assertThat(Conversions.maxOrNumber(-1)).isEqualTo("max");
    assertThat(Conversions.maxOrNumber(0)).isEqualTo("0");
  }
}
