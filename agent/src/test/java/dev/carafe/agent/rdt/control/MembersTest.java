package dev.carafe.agent.rdt.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.config.CarafeConfig.RdtController;
import dev.carafe.agent.rdt.RdtView.ClassRow;
import dev.carafe.agent.rdt.RdtView.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MembersTest {
  private static final List<ClassRow> CLASSES =
      List.of(
          row("system/default", Kind.ROOT, "/"),
          row("gold", Kind.CONFIGURED, "carafe-gold"),
          row("batch", Kind.CONFIGURED, "carafe-batch"),
          row("other", Kind.CONFIGURED, "carafe-other"),
          row("theirs", Kind.FOREIGN, "theirs"),
          row("own", Kind.PRIVATE, "own"));

  private static ClassRow row(String name, Kind kind, String group) {
    return new ClassRow(name, kind, group, List.of(), 0, List.of());
  }

  private static Members of(String protect, String... throttle) {
    return Members.of(
        new RdtController(protect, 1000, List.of(throttle), 20, 1000, false), CLASSES);
  }

  @Test
  void withoutNamesAllOthersOfTheConfigurationAreThrottled() {
    assertThat(of("gold"))
        .isEqualTo(new Members("carafe-gold", List.of("carafe-batch", "carafe-other"), null));
  }

  @Test
  void theRootClassIsThrottledOnlyByName() {
    assertThat(of("gold", "system/default", "batch").throttled())
        .containsExactly("/", "carafe-batch");
  }

  @Test
  void aForeignGroupMayBeProtectedAndIsNeverThrottled() {
    assertThat(of("theirs").shielded()).isEqualTo("theirs");
    assertThat(of("gold", "theirs").problem()).contains("theirs", "gold", "batch");
    assertThat(of("gold", "own").problem()).contains("own");
  }

  @Test
  void classesThatAreNotThereAreNamed() {
    assertThat(of("platinum").problem()).contains("platinum", "gold", "batch");
    assertThat(of("gold", "silver").problem()).contains("silver");
    assertThat(of("gold", "gold").problem()).contains("gold");
  }
}
