package dev.carafe.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    assertThat(both.command()).isEqualTo(Command.IMAGE_IMPORT);
    assertThat(both.operand()).isEqualTo("a.tar");
    assertThat(both.value(Option.NAME)).isEqualTo("example.org/a:1");
    assertThat(parse("image import a.tar").value(Option.NAME)).isNull();
  }

  @Test
  void optionsStandAnywhereAndInBothForms() throws Exception {
    Invocation first = parse("--address unix:///a image ls");
    Invocation last = parse("image ls --address=unix:///a");

    assertThat(first).isEqualTo(last);
    assertThat(first.value(Option.ADDRESS)).isEqualTo("unix:///a");
    assertThat(first.command()).isEqualTo(Command.IMAGE_LS);
  }

  @Test
  void helpWinsOverWhatIsWrong() throws Exception {
    assertThat(parse("image --help nonsense").command()).isEqualTo(Command.HELP);
    assertThat(parse("--version").command()).isEqualTo(Command.VERSION);
  }

  @Test
  void numbersHaveBounds() throws Exception {
    Invocation top = parse("top --interval 7");

    assertThat(top.number(Option.INTERVAL, 1, 10, 2)).isEqualTo(7);
    assertThat(parse("top").number(Option.INTERVAL, 1, 10, 2)).isEqualTo(2);
    assertThatThrownBy(() -> top.number(Option.INTERVAL, 1, 6, 2))
        .hasMessage("--interval 7: expected a number from 1 to 6");
  }

  @ParameterizedTest
  @CsvSource({
    "'', no command",
    "image, unknown command \"image\"",
    "image push a, unknown command \"image push a\"",
    "pod ls, unknown command \"pod ls\"",
    "image import, expected one FILE",
    "image import a b, expected one FILE",
    "image ls a, expected nothing more",
    "image ls --name a, --name does not belong to carafe image ls",
    "top --json=yes, --json takes no value",
    "image ls --all, unknown option --all",
    "image ls --address, --address: expected a value"
  })
  void wrongLinesSayWhatWasExpected(String line, String message) {
    assertThatThrownBy(() -> parse(line))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }
}
