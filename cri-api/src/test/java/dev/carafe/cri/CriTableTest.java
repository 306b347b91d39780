package dev.carafe.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FileDescriptor;
import dev.carafe.cri.CriTable.Row;
import dev.carafe.cri.v1.VersionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The proto and the table of facts about CRI v1 (Kubernetes 1.37) say the same, row by row. */
class CriTableTest {
  private static final FileDescriptor PROTO = VersionRequest.getDescriptor().getFile();

  @Test
  void everyRowOfTheTableIsInTheProto() throws IOException {
    Map<String, Row> proto = byKey(CriTable.of(PROTO));
    List<String> faults = new ArrayList<>();
    for (Row wanted : table()) {
      Row found = proto.get(wanted.key());
      if (found == null) {
        faults.add(wanted.key() + ": in the table, not in the proto");
      } else if (!found.equals(wanted)) {
        faults.add(wanted.key() + ": the table says " + wanted + ", the proto " + found);
      }
    }

    assertThat(faults).isEmpty();
  }

  @Test
  void everyElementOfTheProtoIsInTheTable() throws IOException {
    Map<String, Row> table = byKey(table());
    List<String> faults = new ArrayList<>();
    for (Row found : CriTable.of(PROTO)) {
      if (!table.containsKey(found.key())) {
        faults.add(found.key() + ": in the proto, not in the table");
      }
    }

    assertThat(faults).isEmpty();
  }

  @Test
  void packageAndSyntaxAreThoseOnTheWire() {
    assertThat(PROTO.getPackage()).isEqualTo("runtime.v1");
    assertThat(PROTO.toProto().getSyntax()).isEqualTo("proto3");
  }

  /** Fails on a key that occurs twice. */
  private static Map<String, Row> byKey(List<Row> rows) {
    return rows.stream().collect(Collectors.toUnmodifiableMap(Row::key, Function.identity()));
  }

  private static List<Row> table() throws IOException {
    try (InputStream in = CriTableTest.class.getResourceAsStream("/cri-v1.tsv")) {
      byte[] bytes =
          Objects.requireNonNull(in, "/cri-v1.tsv is not on the class path").readAllBytes();
      return CriTable.parse(new String(bytes, UTF_8).lines().toList());
    }
  }
}
