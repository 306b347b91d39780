package dev.carafe.runtime.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusTest {
  @ParameterizedTest
  @CsvSource({
    "false, true, true, created",
    "false, true, false, running",
    "true, true, true, paused",
    "true, true, false, paused",
    "false, false, true, stopped",
    "false, false, false, stopped"
  })
  void statusFollowsFromWhatCanBeSeen(boolean frozen, boolean alive, boolean fifo, String status) {
    assertThat(Status.of(frozen, alive, fifo).text()).isEqualTo(status);
  }

  @Test
  void aProcessNameMayHoldBracketsAndBlanks() {
    String fields = "1 ".repeat(18);
    assertThat(ProcessStat.parse("7 (a) b) S " + fields + "4711 0 0\n"))
        .isEqualTo(new ProcessStat('S', 4711));
  }

  @Test
  void anEmptyIdIsToldAsRuncTellsIt() {
    assertThatThrownBy(() -> ContainerStore.checkId(""))
        .isInstanceOf(ContainerException.class)
        .hasMessage("container id cannot be empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a/b", "a b", "ä", "a\n"})
  void anIdIsANameAndNoPath(String id) {
    assertThatThrownBy(() -> ContainerStore.checkId(id))
        .isInstanceOf(ContainerException.class)
        .hasMessage("invalid container ID format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "A_1+b.c-d", "-x", ".hidden"})
  void anIdMayHave(String id) throws ContainerException {
    ContainerStore.checkId(id);
    assertThat(id).isNotEmpty();
  }
}
