package dev.carafe.runtime.rdt.plan;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The schemata that goresctrl computes for the same file on the same machine, and the files that it
 * refuses. The cases are in rdt/vectors.txt.
 */
final class RdtPlannerTest {
  @TempDir private Path scratch;

  /**
   * A case.
   *
   * @param shape of {@link SavedTree}
   * @param error a part of the message, or empty
   * @param schemata expected lines by class
   */
  record Vector(
      String name, String shape, String yaml, String error, Map<String, List<String>> schemata) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Vector> vectors() throws Exception {
    Path file =
        Path.of(
            Objects.requireNonNull(RdtPlannerTest.class.getResource("/rdt/vectors.txt")).toURI());
    return Stream.of(Files.readString(file).split("(?m)^=== ", -1))
        .filter(text -> !text.isBlank() && !text.startsWith("#"))
        .map(RdtPlannerTest::vector);
  }

  /** {@code NAME | SHAPE}, the YAML, {@code ---}, then {@code CLASS LINE} or {@code ! ERROR}. */
  private static Vector vector(String text) {
    String[] head = text.lines().findFirst().orElseThrow().split("\\|", -1);
    String[] parts = text.substring(text.indexOf('\n') + 1).split("(?m)^---\n", -1);
    Map<String, List<String>> schemata = new LinkedHashMap<>();
    String error = "";
    for (String line : parts[1].lines().filter(l -> !l.isBlank()).toList()) {
      if (line.startsWith("! ")) {
        error = line.substring(2);
      } else {
        int blank = line.indexOf(' ');
        schemata
            .computeIfAbsent(line.substring(0, blank), c -> new ArrayList<>())
            .add(line.substring(blank + 1));
      }
    }
    return new Vector(head[0].strip(), head[1].strip(), parts[0], error, schemata);
  }

  private RdtPlan plan(String shape, String yaml) throws Exception {
    return RdtPlanner.plan(RdtConfigReader.read(yaml), SavedTree.hardware(scratch, shape, null));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesGoresctrlsSchemata(Vector vector) throws Exception {
    if (!vector.error().isEmpty()) {
      assertThatThrownBy(() -> plan(vector.shape(), vector.yaml()))
          .isInstanceOf(RdtConfigException.class)
          .hasMessageContaining(vector.error());
      return;
    }
    Map<String, List<String>> lines = new LinkedHashMap<>();
    plan(vector.shape(), vector.yaml()).classes().forEach((c, s) -> lines.put(c, s.lines()));
    assertThat(lines).isEqualTo(vector.schemata());
  }

  @Test
  void thereAreVectorsEnough() throws Exception {
    assertThat(vectors()).hasSizeGreaterThanOrEqualTo(50);
  }

  @Test
  void aCopyMountedWithoutCdpIsTakenAsIfItHadBeenMountedWithIt() throws Exception {
    Hardware hardware = SavedTree.hardware(scratch, "full", Set.of("cdp", "mba_MBps"));
    assertThat(hardware.caches().keySet()).containsExactly("L3CODE", "L3DATA");
    assertThat(hardware.classes()).isEqualTo(7);
    assertThat(hardware.root())
        .isEqualTo(
            Schemata.parse(
                List.of(
                    "L3CODE:0=fffff;1=fffff;2=fffff;3=fffff",
                    "L3DATA:0=fffff;1=fffff;2=fffff;3=fffff",
                    "MB:0=4294967295;1=4294967295;2=4294967295;3=4294967295")));
    String yaml = "partitions: {p: {mbAllocation: [2000MBps], classes: {c: }}}";
    assertThat(RdtPlanner.plan(RdtConfigReader.read(yaml), hardware).configured().get("c"))
        .extracting(Schemata::lines, as(list(String.class)))
        .containsExactly(
            "L3CODE:0=fffff;1=fffff;2=fffff;3=fffff",
            "L3DATA:0=fffff;1=fffff;2=fffff;3=fffff",
            "MB:0=2000;1=2000;2=2000;3=2000");
  }

  @Test
  void theTreeTellsTheUnitOfBandwidthUnlessTheOptionsAreGiven() throws Exception {
    Path tree = SavedTree.write(scratch, "nol3.mbps");
    assertThat(Hardware.read(tree, null).bandwidth())
        .extracting(Hardware.Bandwidth::inMegabytes)
        .isEqualTo(true);
    Hardware percent = Hardware.read(tree, Set.of());
    assertThat(percent.bandwidth()).extracting(Hardware.Bandwidth::inMegabytes).isEqualTo(false);
    assertThat(percent.root().lines()).containsExactly("MB:0=100;1=100;2=100;3=100");
  }

  @Test
  void moreClassesThanTheHardwareHasAreRefused() {
    String yaml = "partitions: {p: {classes: {a: , b: , c: , '': }}}";
    assertThatThrownBy(() -> plan("l2", yaml.replace("c: ", "c: , d: ")))
        .hasMessageContaining("4 classes are configured, and the hardware has only 3");
  }
}
