package dev.carafe.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  private static final List<List<String>> ROWS =
      List.of(List.of("POD", "CPU", "MEMORY"), List.of("a-long-name", "0.02", "1.0 MiB"));

  private static String printed(int texts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Table.print(new PrintStream(bytes, true, UTF_8), ROWS, texts);
    return bytes.toString(UTF_8);
  }

  @Test
  void aColumnIsAsWideAsItsWidestCell() {
    assertThat(printed(3))
        .isEqualTo(
            """
            POD          CPU   MEMORY
            a-long-name  0.02  1.0 MiB
            """);
  }

  @Test
  void numbersAreFlushRight() {
    assertThat(printed(1))
        .isEqualTo(
            """
            POD           CPU   MEMORY
            a-long-name  0.02  1.0 MiB
            """);
  }
}
