package dev.carafe.runtime.rdt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.ConfiguredGroups;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import dev.carafe.runtime.rdt.RdtConfigurator;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.SimulatedResctrl;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random configurations on the hardware of every profile, as the simulator (SIMULATED hardware)
 * shows it: each plan keeps the rules, and of a sample that is written the simulator refuses none.
 */
final class RdtPlanSimulatorIT {
  /** {@link RdtPlanPropertyTest} has the same rules without a simulator. */
  private static final int CONFIGURATIONS = Boolean.getBoolean("carafe.long") ? 10_000 : 2_500;

  private static final int WRITTEN_OF = 25;
  private static final long SEED = Long.getLong("carafe.seed", System.nanoTime());

  @TempDir private static Path built;
  @TempDir private Path mountpoint;
  @TempDir private Path records;
  private static Path program;

  @BeforeAll
  static void build() throws Exception {
    program = SimulatedResctrl.program(built);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xeon", "small4", "haswell", "cdp", "l2", "mba", "mbps", "amd", "l2cdp", "xeonmon"
      })
  void everyPlanKeepsTheRulesAndNoneIsRefused(String profile) throws Exception {
    System.out.println("RdtPlanSimulatorIT " + profile + ": carafe.seed=" + SEED);
    SimulatedResctrl simulator = SimulatedResctrl.start(program, mountpoint, profile);
    try {
      Resctrl resctrl = Resctrl.open(simulator.root());
      RdtConfigurator configurator =
          new RdtConfigurator(
              resctrl,
              new ConfiguredGroups(records.resolve("groups"), Files::write),
              new DirectoryOwnershipStore(records, Files::write),
              "carafe-");
      Hardware hardware = Hardware.read(simulator.root(), null);
      RandomConfigs configs = new RandomConfigs(new SplittableRandom(SEED), hardware);
      int accepted = 0;
      int several = 0;
      for (int i = 0; i < CONFIGURATIONS; i++) {
        String yaml = configs.next();
        RdtConfig config;
        RdtPlan plan;
        try {
          config = RdtConfigReader.read(yaml);
          plan = RdtPlanner.plan(config, hardware);
        } catch (RdtConfigException e) {
          continue;
        }
        SortedMap<String, List<String>> lines = new TreeMap<>();
        plan.configured().forEach((name, schemata) -> lines.put(name, schemata.lines()));
        assertThat(PlanRules.broken(config, lines, hardware)).as(yaml).isEmpty();
        several += config.partitions().size() > 1 ? 1 : 0;
        if (accepted++ % WRITTEN_OF == 0) {
          configurator.apply(plan.configured(), Map.of());
          assertWritten(resctrl, plan, yaml);
        }
      }
      assertThat(accepted).as("accepted").isGreaterThan(CONFIGURATIONS * 2 / 5);
      assertThat(several).as("with two partitions or more").isGreaterThan(accepted / 2);
    } finally {
      simulator.stop();
    }
  }

  private static void assertWritten(Resctrl resctrl, RdtPlan plan, String yaml) {
    Set<String> groups = new TreeSet<>();
    plan.configured().keySet().stream()
        .filter(name -> !name.equals(RdtConfig.ROOT_CLASS))
        .forEach(name -> groups.add("carafe-" + name));
    assertThat(resctrl.classes()).as(yaml).containsExactlyElementsOf(groups);
    for (String group : groups) {
      String name = group.substring("carafe-".length());
      resctrl
          .schemata(resctrl.group(group))
          .resources()
          .forEach((resource, values) -> {
            if (resource.startsWith("L")) {
              assertThat(values)
                  .as(yaml)
                  .isEqualTo(
                      Objects.requireNonNull(plan.classes().get(name)).resources().get(resource));
            }
          });
    }
  }
}
