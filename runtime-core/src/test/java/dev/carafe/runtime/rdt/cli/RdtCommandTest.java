package dev.carafe.runtime.rdt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.rdt.plan.SavedTree;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RdtCommandTest {
  private static final String GOOD =
      """
      partitions:
        big: {l3Allocation: 60%, mbAllocation: [100%], classes: {gold: }}
        small: {l3Allocation: 40%, mbAllocation: [50%], classes: {bronze: {l3Allocation: 50%}}}
      """;

  @TempDir private Path scratch;
  private Path full;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void tree() throws Exception {
    full = SavedTree.write(scratch, "full");
  }

  private int run(String yaml, String verb, String... more) throws Exception {
    Path file = Files.writeString(scratch.resolve("rdt.yaml"), yaml);
    List<String> arguments = new ArrayList<>(List.of(verb, file.toString()));
    arguments.addAll(List.of(more));
    return run(arguments);
  }

  private int run(List<String> arguments) {
    return new RdtCommand(scratch.resolve("nothing"))
        .run(
            arguments,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void jsonIsOneObjectOfClassesAndTheirLines() throws Exception {
    assertThat(run(GOOD, "plan", "--resctrl", full.toString(), "--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(out());
    assertThat(json.size()).isEqualTo(3);
    assertThat(json.at("/gold/0").asText()).isEqualTo("L3:0=fff;1=fff;2=fff;3=fff");
    assertThat(json.at("/gold/1").asText()).isEqualTo("MB:0=100;1=100;2=100;3=100");
    assertThat(json.at("/bronze/0").asText()).isEqualTo("L3:0=f000;1=f000;2=f000;3=f000");
    assertThat(json.at("/bronze/1").asText()).isEqualTo("MB:0=50;1=50;2=50;3=50");
    assertThat(json.at("/system~1default/0").asText())
        .isEqualTo("L3:0=fffff;1=fffff;2=fffff;3=fffff");
    assertThat(err()).isEmpty();
  }

  @Test
  void thePictureShowsTheWaysOfEachClass() throws Exception {
    assertThat(run(GOOD, "plan", "--resctrl=" + full)).isZero();
    assertThat(out())
        .contains("gold            big             L3:0=fff;1=fff;2=fff;3=fff\n")
        .contains("L3 of cache 2: 20 ways, 19 on the left, 0 on the right\n")
        .contains("  gold           |........############| 12  60%")
        .contains("  bronze         |....####............|  4  20%\n")
        .contains("  system/default |####################| 20 100%\n")
        .contains("  bronze         |##########..........| 50 %\n");
  }

  @Test
  void mountOptionsDecideTheUnitAndTheKinds() throws Exception {
    String yaml = "partitions: {p: {mbAllocation: [9MBps], classes: {c: }}}";
    assertThat(
            run(
                yaml,
                "plan",
                "--resctrl",
                full.toString(),
                "--mount-options",
                "cdp,mba_MBps",
                "--json"))
        .isZero();
    assertThat(out()).contains("L3CODE:0=fffff", "L3DATA:0=fffff", "MB:0=9;1=9;2=9;3=9");
  }

  @Test
  void aRefusedFileNamesFileLinePathAndReason() throws Exception {
    String yaml = GOOD + "  third: {l3Allocation: 1%}\n";
    for (String verb : List.of("check", "plan")) {
      err.reset();
      assertThat(run(yaml, verb, "--resctrl", full.toString())).isEqualTo(1);
      assertThat(err())
          .startsWith("carafe rdt: " + scratch.resolve("rdt.yaml") + ":4: partitions.third.l3Alloc")
          .contains("exceed 100%: with this one they are 101%");
      assertThat(out()).isEmpty();
    }
  }

  @Test
  void checkNeedsNoHardwareAndSaysSo() throws Exception {
    assertThat(run(GOOD, "check")).isZero();
    assertThat(out()).contains("good; no resctrl at").contains("not compared with any hardware");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "partitions: {a: {l3Allocation: 60%}, b: {l3Allocation: 60%}}",
        "partitions: {a: {l2Allocation: 60%}, b: {l2Allocation: '0x1'}}",
        "partitions: {a: {l3Allocation: '0x3'}, b: {l3Allocation: {all: '0xc', 7: '1-2'}}}",
        "partitions: {a: {l3Allocation: '0xf', classes: {c: {l3Allocation: '0x1f'}}}}",
        "partitions: {a: {l3Allocation: 50%}, b: {}}",
        "partitions: {a: {l3Allocation: 10-50%}}"
      })
  void checkFindsWithoutHardwareWhatIsWrongOnAny(String yaml) throws Exception {
    assertThat(run(yaml, "check")).isEqualTo(1);
    assertThat(err()).contains("rdt.yaml:1: partitions.");
  }

  @Test
  void checkComparesWithHardwareThatIsGiven() throws Exception {
    String yaml = "partitions: {p: {l2Allocation: 50%, classes: {c: {l2Allocation: 50%}}}}";
    assertThat(run(yaml, "check")).isZero();
    assertThat(run(yaml, "check", "--resctrl", full.toString())).isEqualTo(1);
    assertThat(err()).contains("not supported by system");
  }

  @Test
  void whatIsIgnoredIsSaid() throws Exception {
    String yaml = "partitions: {p: {mbAllocation: [50%, 1GBps]}}";
    assertThat(run(yaml, "plan", "--json", "--resctrl", full.toString())).isZero();
    assertThat(err()).startsWith("warning: partitions.p.mbAllocation[1]: ignored \"1GBps\"");
  }

  @Test
  void withoutATreeThereIsNoPlan() throws Exception {
    assertThat(run(GOOD, "plan")).isEqualTo(1);
    assertThat(err()).contains("no resctrl tree at " + scratch.resolve("nothing"));
  }

  @Test
  void aMissingFileIsNamed() {
    assertThat(run(List.of("check", scratch.resolve("none").toString()))).isEqualTo(1);
    assertThat(err()).contains("there is no file " + scratch.resolve("none"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plan",
        "dance f",
        "plan f g",
        "plan f --resctrl",
        "plan f --mount-options cpd",
        "check f --json",
        "plan f --yaml"
      })
  void aWrongCommandLineIsUsage(String line) {
    List<String> arguments = line.isEmpty() ? List.of() : List.of(line.split(" ", -1));
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(err()).contains("usage: carafe rdt check FILE");
  }

  @Test
  void helpIsNoError() {
    assertThat(run(List.of("--help"))).isZero();
    assertThat(out()).startsWith("usage: carafe rdt check FILE");
  }
}
