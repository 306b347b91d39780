package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OpcodeTest {
  private static final Path TABLE =
      Path.of(System.getProperty("carafe.home", ".."), "native", "opcodes.tsv");

  /**
   * Code, name and fields in wire order are those of the table that the C side is checked against,
   * row by row.
   */
  @Test
  void operationsAreThoseOfTheTable() throws IOException {
    List<String> table = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (!line.startsWith("#")) {
        String[] columns = line.split("\t", -1);
        assertThat(columns).as(line).hasSize(4);
        table.add(columns[0] + " " + columns[1] + " " + columns[2]);
      }
    }

    List<String> ours =
        Arrays.stream(Opcode.values())
            .map(opcode ->
                opcode.code()
                    + " "
                    + opcode
                    + " "
                    + opcode.fields().stream()
                        .map(f -> f.name() + ":" + f.type().tableName())
                        .collect(Collectors.joining(" ")))
            .toList();

    assertThat(ours).containsExactlyInAnyOrderElementsOf(table);
  }

  @Test
  void everyOperationHasACode() {
    List<Class<?>> withCode = new ArrayList<>();
    for (Opcode opcode : Opcode.values()) {
      assertThat(Opcode.find(opcode.code())).isEqualTo(opcode);
      withCode.add(opcode.type());
    }
    assertThat(Op.class.getPermittedSubclasses())
        .containsExactlyInAnyOrder(withCode.toArray(Class<?>[]::new));
  }
}
