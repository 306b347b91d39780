package dev.carafe.runtime.rdt.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.rdt.config.CacheShare;
import dev.carafe.runtime.rdt.config.CacheShare.Range;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The overlay of a class's share on its partition's mask (facts/cri.md 2.3, last row). */
final class ClassShareTest {
  @Test
  void bitsCountFromThePartitionsLowest() {
    assertThat(ClassShare.mask(new CacheShare.Bits(7), 0xf00, 1, Where.FILE)).isEqualTo(0x700);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "30, 1", "f0f, 1", "10, 2"})
  void bitsThatDoNotFitAreRefused(String base, int minBits) {
    assertThatThrownBy(() ->
            ClassShare.mask(new CacheShare.Bits(7), Long.parseLong(base, 16), minBits, Where.FILE))
        .isInstanceOf(RdtConfigException.class)
        .hasMessageMatching(".*(does not fit basemask|is not one run of at least).*");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 100, ff00, 4, ff00",
    "99, 100, ff00, 4, f000",
    "0, 1, ff00, 4, f00",
    "20, 30, 3ff00, 4, f00",
    "30, 60, f00, 4, f00",
    "50, 50, f0, 1, 20",
    "100, 100, ffffffff, 1, 80000000"
  })
  void percentagesBecomeBits(int low, int high, String base, int minBits, String expected) {
    long mask =
        ClassShare.mask(new Range(low, high), Long.parseLong(base, 16), minBits, Where.FILE);
    assertThat(Long.toHexString(mask)).isEqualTo(expected);
  }

  @Test
  void nothingIsNoShare() {
    assertThatThrownBy(() -> ClassShare.mask(new CacheShare.Percent(0), 0xf, 1, Where.FILE))
        .hasMessageContaining("at least 1%");
  }
}
