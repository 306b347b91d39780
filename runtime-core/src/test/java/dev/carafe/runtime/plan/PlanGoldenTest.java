package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecReader;
import dev.carafe.runtime.spec.SpecValidator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
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
  @ValueSource(strings = {"default", "kubernetes", "userns", "hybrid", "rootless"})
  void aContainersPlanIsTheOneOnRecord(String name) throws Exception {
    check(name, PlanCompiler.compile(read(name), PlanFixtures.context(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "kubernetes", "userns", "hybrid", "rootless"})
  void anExecsPlanIsTheOneOnRecord(String name) throws Exception {
    Spec spec = read(name);
    ExecContext context = ExecContext.of(spec, PlanFixtures.context(name));
    check("exec-" + name, ExecPlan.compile(Objects.requireNonNull(spec.process()), context));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPodsPlansAreThoseOnRecord(boolean user) throws Exception {
    PodContext pod = PlanFixtures.pod(user);
    String suffix = user ? "-userns" : "";
    check("pod" + suffix, PodPlan.compile(pod));
    check(
        "pod-init" + suffix,
        PodInitPlan.compile(
            pod.pins(), pod.uidMappings(), PlanFixtures.V2, LaunchContext.ALL_CAPABILITIES, null));
  }

  private static Spec read(String name) throws Exception {
    Spec spec = SpecReader.read(DIRECTORY.resolve(name + ".json"));
    assertThat(SpecValidator.problems(spec)).isEmpty();
    return spec;
  }

  private static void check(String name, Plan plan) throws Exception {
    Path golden = DIRECTORY.resolve(name + ".plan");
    if (Boolean.getBoolean("carafe.golden.write")) {
      Files.writeString(golden, PlanPrinter.print(plan));
    }
    assertThat(PlanPrinter.print(plan)).isEqualTo(Files.readString(golden));
    assertThat(PlanDecoder.decode(PlanEncoder.encode(plan))).isEqualTo(plan);
  }
}
