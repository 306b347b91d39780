package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SignalsTest {
  @ParameterizedTest
  @CsvSource({
    "TERM, 15",
    "SIGKILL, 9",
    "sigusr1, 10",
    "9, 9",
    "64, 64",
    "SYS, 31",
    "IOT, 6",
    "SIGRTMIN, 34",
    "RTMIN+3, 37",
    "rtmax, 64",
    "SIGRTMAX-14, 50"
  })
  void namesAndNumbers(String text, int number) {
    assertThat(Signals.number(text)).hasValue(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "65",
        "-9",
        "SIG",
        "SIG9",
        "TERMS",
        "RTMIN-1",
        "RTMIN+31",
        "RTMAX+1",
        "9 "
      })
  void noSuchSignal(String text) {
    assertThat(Signals.number(text)).isEqualTo(OptionalInt.empty());
  }

  @Test
  void everyNameLeadsBackToItsNumber() {
    for (int number = 1; number <= Signals.MAX; number++) {
      if (number < 32 || number >= Signals.RTMIN) {
        assertThat(Signals.number(Signals.name(number))).hasValue(number);
      }
    }
    assertThat(Signals.name(15)).isEqualTo("SIGTERM");
    assertThatThrownBy(() -> Signals.name(65)).hasMessageContaining("65");
  }
}
