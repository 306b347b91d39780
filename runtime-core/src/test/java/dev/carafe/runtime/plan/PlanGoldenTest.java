package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.SpecReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Configurations (NAME.json) against printed plans (NAME.plan). A change of the compiler shows as a
 * difference to read; -Dcarafe.golden.write=true writes the files anew.
 */
class PlanGoldenTest {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("carafe.home", ".."), "runtime-core/src/test/resources/plan");

  @ParameterizedTest
  @ValueSource(strings = {"default"})
  void thePlanIsTheOneOnRecord(String name) throws Exception {
    Plan plan =
        PlanCompiler.compile(
            SpecReader.read(DIRECTORY.resolve(name + ".json")), PlanFixtures.context(name));
    Path golden = DIRECTORY.resolve(name + ".plan");
    if (Boolean.getBoolean("carafe.golden.write")) {
      Files.writeString(golden, PlanPrinter.print(plan));
    }

    assertThat(PlanPrinter.print(plan)).isEqualTo(Files.readString(golden));
    assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).isEqualTo(plan);
  }
}
