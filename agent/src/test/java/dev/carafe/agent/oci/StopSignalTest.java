package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.Signal;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StopSignalTest {
  private static StopSignal choose(Signal configured, String image) {
    return StopSignal.choose(
        configured,
        new ImageContext("i", "", List.of(), List.of(), List.of(), "", image, List.of()));
  }

  @Test
  void everyValueOfTheEnumIsASignal() {
    List<Signal> named =
        Arrays.stream(Signal.values())
            .filter(s -> s != Signal.UNRECOGNIZED && s != Signal.SIGNAL_RUNTIME_DEFAULT)
            .toList();
    TreeSet<Integer> numbers = new TreeSet<>();
    for (Signal signal : named) {
      StopSignal chosen = choose(signal, "SIGKILL");
      assertThat(chosen.cri()).isEqualTo(signal);
      numbers.add(chosen.number());
    }
    assertThat(named).hasSize(65);
    assertThat(numbers)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 64).filter(n -> n != 32 && n != 33).boxed().toList());
  }

  @ParameterizedTest
  @CsvSource({
    "SIGNAL_SIGTERM, 15",
    "SIGNAL_SIGCLD, 17",
    "SIGNAL_SIGIOT, 6",
    "SIGNAL_SIGPOLL, 29",
    "SIGNAL_SIGRTMIN, 34",
    "SIGNAL_SIGRTMINPLUS15, 49",
    "SIGNAL_SIGRTMAXMINUS14, 50",
    "SIGNAL_SIGRTMAX, 64",
  })
  void theKernelsNumber(Signal signal, int number) {
    assertThat(choose(signal, "").number()).isEqualTo(number);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "'',         SIGNAL_SIGTERM,        15",
    "SIGQUIT,    SIGNAL_SIGQUIT,        3",
    "quit,       SIGNAL_SIGQUIT,        3",
    "9,          SIGNAL_SIGKILL,        9",
    "17,         SIGNAL_SIGCHLD,        17",
    "37,         SIGNAL_SIGRTMINPLUS3,  37",
    "SIGRTMIN+3, SIGNAL_SIGRTMINPLUS3,  37",
    "RTMAX-2,    SIGNAL_SIGRTMAXMINUS2, 62",
    "64,         SIGNAL_SIGRTMAX,       64",
  })
  void theImagesSignal(String image, Signal signal, int number) {
    assertThat(choose(Signal.SIGNAL_RUNTIME_DEFAULT, image))
        .isEqualTo(new StopSignal(signal, number));
  }

  @Test
  void theConfigurationWins() {
    assertThat(choose(Signal.SIGNAL_SIGUSR1, "SIGQUIT").number()).isEqualTo(10);
    assertThat(choose(Signal.SIGNAL_SIGUSR1, "nonsense").number()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SIGFOO",
        "0",
        "32",
        "33",
        "65",
        "-1",
        "SIGRTMIN+31",
        "SIGRTMIN-1",
        "RTMAX+1",
        "99999999999"
      })
  void anImageWithoutASignalIsRefused(String image) {
    assertThatThrownBy(() -> choose(Signal.SIGNAL_RUNTIME_DEFAULT, image))
        .hasMessageContaining("image i: its StopSignal \"%s\" is no signal".formatted(image));
  }

  @Test
  void anUnknownValueIsRefused() {
    assertThatThrownBy(() -> choose(Signal.UNRECOGNIZED, ""))
        .hasMessageContaining("stop_signal: not a value");
  }
}
