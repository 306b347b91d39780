package dev.carafe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RuntimeCommandsTest {
  /** The front must know them before there is a JVM, so it has a list of its own. */
  @Test
  void theFrontSendsEachCommandToTheRuntime() throws Exception {
    String front =
        Files.readString(
            Path.of(System.getProperty("carafe.home", ".."), "native/src/front/node.c"));
    Matcher list = Pattern.compile("(?s)commands\\[] = \\{(.*?), NULL}").matcher(front);
    assertThat(list.find()).isTrue();
    assertThat(list.group(1).replace("\"", "").strip().split(",\\s*"))
        .containsExactlyInAnyOrderElementsOf(
            RuntimeCommands.rows().stream().map(RuntimeCommands.Row::name).toList());
  }
}
