package dev.carafe.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.node.host.Mode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The chart's environment. */
class SettingsTest {
  private static final Map<String, String> LEAST = Map.of("NODE_NAME", "n", "POD_NAMESPACE", "s");

  private static Map<String, String> with(String name, String value) {
    Map<String, String> all = new HashMap<>(LEAST);
    all.put(name, value);
    return all;
  }

  @Test
  void defaultsAreTheCharts() {
    Settings settings = Settings.of(LEAST);

    assertThat(settings.host().mode()).isEqualTo(Mode.BESIDE);
    assertThat(settings.host().command()).isEqualTo(List.of("chroot", "/host"));
    assertThat(settings.socket()).isEqualTo(Path.of("/host/run/carafe/carafe.sock"));
    assertThat(settings.drain()).isFalse();
  }

  @Test
  void onTheHostItselfNothingIsEntered() {
    assertThat(Settings.of(with("CARAFE_HOST_ROOT", "/")).host().command()).isEmpty();
  }

  @Test
  void wrongValuesAreNamed() {
    assertThatThrownBy(() -> Settings.of(Map.of())).hasMessageContaining("NODE_NAME");
    assertThatThrownBy(() -> Settings.of(with("CARAFE_MODE", "x")))
        .hasMessageContaining("[replace, beside]");
    assertThatThrownBy(() -> Settings.of(with("CARAFE_PATIENCE_SECONDS", "0")))
        .hasMessageContaining("from 1 to 3600");
  }
}
