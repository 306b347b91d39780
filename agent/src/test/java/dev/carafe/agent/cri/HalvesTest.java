package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HalvesTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7})
  void everyItemOnceInOrder(int count) {
    List<Integer> items = IntStream.range(0, count).boxed().toList();

    assertThat(Halves.map(items, half -> half.stream().map(item -> item * 10).toList()))
        .isEqualTo(items.stream().map(item -> item * 10).toList());
  }

  @Test
  void aFailureIsNotSwallowed() {
    assertThatThrownBy(() ->
            Halves.map(List.of("1", "x"), half -> half.stream().map(Integer::valueOf).toList()))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(NumberFormatException.class);
  }
}
