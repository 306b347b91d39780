package dev.carafe.agent.rdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.RdtMount;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without resctrl; with it: RdtPlacementIT. */
final class RdtInForceTest {
  @TempDir private Path scratch;

  private CarafeConfig.Rdt config(@Nullable Path file) {
    return new CarafeConfig.Rdt(
        file, RdtMount.NEVER, "", scratch.resolve("no-resctrl"), WhenMissing.TOLERATE);
  }

  private RdtInForce inForce(@Nullable Path file) {
    return new RdtInForce(
        config(file),
        new DirectoryOwnershipStore(scratch, Files::write),
        scratch.resolve("groups"));
  }

  private Path file(String yaml) throws Exception {
    return Files.writeString(scratch.resolve("rdt.yaml"), yaml);
  }

  @Test
  void withoutAFileThereIsNothingAndNoProblem() {
    assertThat(inForce(null).state().classes().classes()).isEmpty();
    assertThat(inForce(null).state().problem()).isNull();
  }

  @Test
  void aWrongFileLetsTheAgentStartAndSaysItsPlace() throws Exception {
    Path file = file("partitions:\n  p: {foo: 1}\n");
    assertThat(inForce(file).state().problem())
        .contains(file + ":2: partitions.p.foo: unknown field");
    assertThat(inForce(scratch.resolve("none")).state().problem()).contains("cannot read");
  }

  @Test
  void withoutResctrlTheFileStillCounts() throws Exception {
    RdtInForce inForce = inForce(file("partitions: {p: {classes: {gold: }}}"));
    assertThat(inForce.state().classes().classes().keySet()).containsExactly("gold");
    assertThat(inForce.state().problem()).contains("no resctrl file system");
    assertThat(scratch.resolve("groups")).doesNotExist();
  }

  @Test
  void aReloadOfAWrongFileKeepsWhatWas() throws Exception {
    RdtInForce inForce = inForce(file("partitions: {p: {classes: {gold: }}}"));
    Path wrong = file("partitions: {p: {classes: {gold: }, foo: }}");
    assertThatThrownBy(() -> inForce.reload(config(wrong)))
        .isInstanceOf(RdtInForce.RefusedException.class)
        .hasMessageContaining("partitions.p.foo");
    assertThat(inForce.state().classes().classes().keySet()).containsExactly("gold");
    inForce.reload(config(file("partitions: {p: {classes: {tin: }}}")));
    assertThat(inForce.state().classes().classes().keySet()).containsExactly("tin");
  }
}
