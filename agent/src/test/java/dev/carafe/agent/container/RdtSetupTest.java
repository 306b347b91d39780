package dev.carafe.agent.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.RdtMount;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RdtSetupTest {
  @TempDir private Path scratch;

  private CarafeConfig.Rdt config(@Nullable Path file) {
    return new CarafeConfig.Rdt(
        file, RdtMount.NEVER, "", scratch.resolve("no-resctrl"), WhenMissing.TOLERATE);
  }

  @Test
  void withoutAFileThereIsNothing() throws Exception {
    assertThat(RdtSetup.apply(config(null), scratch, scratch.resolve("groups")).classes())
        .isEmpty();
  }

  @Test
  void aWrongFileStopsTheAgentWithItsPlace() throws Exception {
    Path file = Files.writeString(scratch.resolve("rdt.yaml"), "partitions:\n  p: {foo: 1}\n");
    assertThatThrownBy(() -> RdtSetup.apply(config(file), scratch, scratch.resolve("groups")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rdt.config_file: " + file + ":2: partitions.p.foo: unknown field");
  }

  @Test
  void withoutResctrlTheFileStillCounts() throws Exception {
    Path file =
        Files.writeString(scratch.resolve("rdt.yaml"), "partitions: {p: {classes: {gold: }}}");
    assertThat(RdtSetup.apply(config(file), scratch, scratch.resolve("groups")).classes().keySet())
        .containsExactly("gold");
    assertThat(scratch.resolve("groups")).doesNotExist();
  }
}
