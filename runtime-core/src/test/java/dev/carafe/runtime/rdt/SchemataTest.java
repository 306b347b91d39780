package dev.carafe.runtime.rdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SchemataTest {
  @Test
  void readsWhatTheKernelPrints() {
    assertThat(Schemata.parse(List.of("    L3:0=000ff;1=fffff", "    MB:0= 10;1=100")).resources())
        .isEqualTo(
            Map.of(
                "L3", Map.of(0, 0xffL, 1, 0xfffffL),
                "MB", Map.of(0, 10L, 1, 100L)));
  }

  @Test
  void aLaterLineIsTheLaterWord() {
    assertThat(Schemata.parse(List.of("L3:0=f;1=f", "L3:1=3;")).resources())
        .isEqualTo(Map.of("L3", Map.of(0, 0xfL, 1, 3L)));
  }

  @Test
  void writesEachDomainOnce() {
    List<String> lines = List.of("MB:0=10", "L3:1=0f;0=F", "L3:1=3");
    assertThat(Schemata.parse(lines).lines()).containsExactly("L3:0=f;1=3", "MB:0=10");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "L3",
        "L3:",
        "L3:0",
        "L3:0=",
        "L3:0=g",
        "L3:x=f",
        ":0=f",
        "MB:0=f",
        "L3:0=f\nMB:0=1"
      })
  void refusesWhatIsNoLine(String line) {
    assertThatThrownBy(() -> Schemata.parse(List.of(line)))
        .isInstanceOfSatisfying(
            RdtException.class, e -> assertThat(e.kind()).isEqualTo(RdtException.Kind.INVALID))
        .hasMessageContaining(line);
  }

  /** The matrix of facts/oci-runtime.md 2.5: what counts as the same meaning. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "same",
      textBlock =
          """
          L3:0=ff;1=f         | L3:1=f;0=0ff | same
          L3:0=ff;1=f         | L3:0=FF      | same
          L3:0=ff             | L3:0=fe      | L3:0 is ff, wanted fe
          L3:0=ff             | L3:1=ff      | L3:1 is absent, wanted ff
          L3:0=ff             | L2:0=ff      | L2:0 is absent, wanted ff
          MB:0=30             | MB:0=25      | same
          MB:0=30             | MB:0=30      | same
          MB:0=30             | MB:0=31      | MB:0 is 30, wanted 31
          MB:0=20             | MB:0=25      | MB:0 is 20, wanted 25
          """)
  void comparesByMeaning(String here, String wanted, String difference) {
    assertThat(Schemata.parse(List.of(here)).difference(Schemata.parse(List.of(wanted)), 10))
        .isEqualTo(difference);
  }

  @Test
  void extraResourcesOfTheGroupDoNotMatter() {
    Schemata here = Schemata.parse(List.of("L3:0=ff", "MB:0=100"));
    assertThat(here.difference(Schemata.parse(List.of("L3:0=ff")), 10)).isNull();
  }
}
