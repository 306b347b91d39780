package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that grow, are rotated, and are longer than a chunk. */
class LogFileTest {
  @TempDir private Path directory;
  private final List<String> lines = new ArrayList<>();
  private Path log;

  @BeforeEach
  void name() {
    log = directory.resolve("0.log");
  }

  private void write(String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void drain(LogFile file) throws IOException {
    file.drain(line -> lines.add(new String(line, UTF_8)));
  }

  @Test
  void wholeLinesOnly() throws Exception {
    write("one\ntw");
    try (LogFile file = LogFile.open(log, -1)) {
      drain(file);
      assertThat(lines).containsExactly("one");

      write("o\n");
      drain(file);
      assertThat(lines).containsExactly("one", "two");
    }
  }

  @Test
  void rotationLosesNothing() throws Exception {
    write("one\n");
    try (LogFile file = LogFile.open(log, -1)) {
      drain(file);
      write("two\n");
      Files.move(log, directory.resolve("0.log.1"));
      drain(file);
      write("three\n");
      drain(file);
    }
    assertThat(lines).containsExactly("one", "two", "three");
  }

  @Test
  void tailCountsLinesAcrossChunks() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append("line ").append(i).append('\n');
    }
    write(text.toString());
    try (LogFile file = LogFile.open(log, 12_000)) {
      drain(file);
    }
    assertThat(lines).hasSize(12_000).startsWith("line 8000").endsWith("line 19999");
  }

  @Test
  void tailOfLessIsAllAndOfNothingNone() throws Exception {
    write("one\ntwo\n");
    try (LogFile all = LogFile.open(log, 5);
        LogFile none = LogFile.open(log, 0)) {
      drain(none);
      assertThat(lines).isEmpty();
      drain(all);
      assertThat(lines).containsExactly("one", "two");
    }
  }
}
