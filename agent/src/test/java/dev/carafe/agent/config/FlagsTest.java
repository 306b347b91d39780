package dev.carafe.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.config.Flags.Action;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagsTest {
  @Test
  void valuesStandAfterASpaceOrAnEqualsSign() throws ConfigException {
    Flags flags =
        Flags.parse(
            List.of(
                "--config=/c.toml", "--root", "/r", "--state=/s", "--listen", "unix:///l=1.sock"));

    assertThat(flags.action()).isEqualTo(Action.RUN);
    assertThat(flags.configFile()).isEqualTo(Path.of("/c.toml"));
    assertThat(flags.overrides())
        .containsEntry("--root", "/r")
        .containsEntry("--state", "/s")
        .containsEntry("--listen", "unix:///l=1.sock")
        .hasSize(3);
  }

  @Test
  void theLastOfARepeatedFlagCounts() throws ConfigException {
    assertThat(Flags.parse(List.of("--root=/a", "--root=/b")).overrides())
        .containsEntry("--root", "/b");
  }

  @Test
  void helpAndVersionAreActions() throws ConfigException {
    assertThat(Flags.parse(List.of("--help")).action()).isEqualTo(Action.HELP);
    assertThat(Flags.parse(List.of("--version")).action()).isEqualTo(Action.VERSION);
    assertThat(Flags.USAGE)
        .contains("--config", "--root", "--state", "--listen", "--log-level", "--version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--nope", "--rooot=/x", "run", "-c"})
  void whatIsNotUnderstoodIsNamed(String argument) {
    assertThatThrownBy(() -> Flags.parse(List.of(argument)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("unknown argument " + argument);
  }

  @Test
  void aMissingValueIsAnError() {
    assertThatThrownBy(() -> Flags.parse(List.of("--root")))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--root: expected a value after it");
    assertThatThrownBy(() -> Flags.parse(List.of("--config=")))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--config: expected a file's path");
  }
}
