package dev.carafe.agent.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointRulesTest {
  @TempDir Path dir;

  private static void refused(Failure.Kind kind, ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void anArchiveIsANewFileInAFolder() throws Exception {
    assertThat(CheckpointRules.location(dir + "/a.tar")).isEqualTo(dir.resolve("a.tar"));
    Files.createFile(dir.resolve("there"));
    refused(Failure.Kind.EXISTS, () -> CheckpointRules.location(dir + "/there"), "there exists");
    refused(
        Failure.Kind.INVALID, () -> CheckpointRules.location(dir + "/no/a.tar"), "in no folder");
    refused(Failure.Kind.INVALID, () -> CheckpointRules.location("a.tar"), "absolute path");
    refused(Failure.Kind.INVALID, () -> CheckpointRules.location(""), "absolute path");
  }

  @Test
  void aPodsFolderIsThereAndEmpty() throws Exception {
    assertThat(CheckpointRules.output(dir.toString())).isEqualTo(dir);
    Files.createFile(dir.resolve("there"));
    refused(Failure.Kind.INVALID, () -> CheckpointRules.output(dir.toString()), "is not empty");
    refused(Failure.Kind.INVALID, () -> CheckpointRules.output(dir + "/none"), "no directory");
    refused(Failure.Kind.INVALID, () -> CheckpointRules.checkpoint(dir + "/none"), "no directory");
    assertThat(CheckpointRules.checkpoint(dir.toString())).isEqualTo(dir);
  }

  @Test
  void theContainersAreExactlyThoseThatRun() {
    assertThatCode(() -> CheckpointRules.selection(List.of("b", "a"), List.of("a", "b")))
        .doesNotThrowAnyException();
    refused(
        Failure.Kind.INVALID,
        () -> CheckpointRules.selection(List.of(), List.of("a")),
        "container_ids is empty");
    refused(
        Failure.Kind.INVALID,
        () -> CheckpointRules.selection(List.of("a", "a"), List.of("a")),
        "names one twice");
    refused(
        Failure.Kind.WRONG_STATE,
        () -> CheckpointRules.selection(List.of("a"), List.of("a", "b")),
        "[a, b]");
    refused(
        Failure.Kind.WRONG_STATE,
        () -> CheckpointRules.selection(List.of("a", "c"), List.of("a")),
        "[a]");
  }

  @Test
  void optionsAreNeverIgnoredAndADeadlineIsAMust() {
    assertThatCode(() -> CheckpointRules.options(Map.of())).doesNotThrowAnyException();
    refused(Failure.Kind.INVALID, () -> CheckpointRules.options(Map.of("lazy", "1")), "[lazy]");
    assertThatCode(() -> CheckpointRules.deadline(true)).doesNotThrowAnyException();
    refused(Failure.Kind.INVALID, () -> CheckpointRules.deadline(false), "no deadline");
  }
}
