package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTest {
  private static final List<Option> OPTIONS =
      List.of(
          Option.value("bundle", "b", ""),
          Option.flag("detach", "d", ""),
          Option.list("env", "e", ""),
          Option.value("lsm-mount-context", ""));

  private static Arguments parse(boolean stop, String... line) throws UsageException {
    return Arguments.parse(OPTIONS, List.of(line), stop);
  }

  @Test
  void longOptionsTakeOneDashOrTwo() throws Exception {
    assertThat(parse(false, "-bundle", "x").value("bundle")).isEqualTo("x");
    assertThat(parse(false, "--bundle=x").value("bundle")).isEqualTo("x");
    assertThat(parse(false, "-b=x").value("bundle")).isEqualTo("x");
    assertThat(parse(false, "--bundle", "--detach").value("bundle")).isEqualTo("--detach");
  }

  @Test
  void commasSplitNothing() throws Exception {
    assertThat(parse(false, "-e", "A=1,2", "--env", "B=3").values("env"))
        .containsExactly("A=1,2", "B=3");
  }

  @Test
  void optionsMayFollowArgumentsUnlessTheyAreAProgramsOwn() throws Exception {
    Arguments anywhere = parse(false, "id", "-d");
    assertThat(anywhere.flag("detach")).isTrue();
    assertThat(anywhere.positional()).containsExactly("id");

    Arguments stopped = parse(true, "-d", "id", "ls", "-b", "--", "x");
    assertThat(stopped.positional()).containsExactly("id", "ls", "-b", "--", "x");
    assertThat(stopped.value("bundle")).isNull();
  }

  @Test
  void twoDashesEndOptions() throws Exception {
    assertThat(parse(false, "--", "-d").positional()).containsExactly("-d");
    assertThat(parse(false, "--detach=false").flag("detach")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "--nope, flag provided but not defined: -nope",
    "--lsm-mount-context, flag needs an argument: -lsm-mount-context",
    "--detach=x, 'invalid boolean value \"x\" for -detach: parse error'"
  })
  void mistakesAreToldInGosWords(String word, String message) {
    assertThatThrownBy(() -> parse(false, word))
        .isInstanceOf(UsageException.class)
        .hasMessage(message);
  }
}
