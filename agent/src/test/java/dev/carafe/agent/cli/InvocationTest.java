package dev.carafe.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Command lines, right and wrong. */
class InvocationTest {
  private static Invocation parse(String line) throws UsageException {
    return Invocation.parse(line.isEmpty() ? List.of() : List.of(line.split(" ", -1)));
  }

  @Test
  void importTakesFileAndName() throws Exception {
    Invocation both = parse("image import a.tar --name example.org/a:1");

    assertThat(both.command())
        .isEqualTo(new Invocation.Command.ImportImage(Path.of("a.tar"), "example.org/a:1"));
    assertThat(both.address()).isNull();
    assertThat(parse("image import a.tar").command())
        .isEqualTo(new Invocation.Command.ImportImage(Path.of("a.tar"), null));
  }

  @Test
  void optionsStandAnywhereAndInBothForms() throws Exception {
    Invocation first = parse("--address unix:///a image ls");
    Invocation last = parse("image ls --address=unix:///a");

    assertThat(first).isEqualTo(last);
    assertThat(first.address()).isEqualTo("unix:///a");
    assertThat(first.command()).isEqualTo(new Invocation.Command.ListImages());
  }

  @Test
  void helpWinsOverWhatIsWrong() throws Exception {
    assertThat(parse("image --help nonsense").command()).isEqualTo(new Invocation.Command.Help());
    assertThat(parse("--version").command()).isEqualTo(new Invocation.Command.Version());
  }

  @ParameterizedTest
  @CsvSource({
    "'', no command",
    "image, unknown command \"image\"",
    "image pull a, unknown command \"image pull a\"",
    "pod ls, unknown command \"pod ls\"",
    "image import, expected one FILE",
    "image import a b, expected one FILE",
    "image ls a, expected nothing more",
    "image ls --name a, --name belongs to",
    "image ls --all, unknown option --all",
    "image ls --address, --address: expected a value"
  })
  void wrongLinesSayWhatWasExpected(String line, String message) {
    assertThatThrownBy(() -> parse(line))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }
}
