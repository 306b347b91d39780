package dev.carafe.runtime.rdt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.ConfiguredGroups;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import dev.carafe.runtime.rdt.RdtConfigurator;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.SimulatedResctrl;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No plan of a random configuration has a line that the simulator (SIMULATED hardware) refuses. */
final class RdtPlanSimulatorIT {
  private static final int ACCEPTED = 150;
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
  @ValueSource(strings = {"xeon", "small4", "haswell", "cdp", "l2", "mba", "mbps"})
  void takesEachPlan(String profile) throws Exception {
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
      while (accepted < ACCEPTED) {
        String yaml = configs.next();
        RdtPlan plan;
        try {
          plan = RdtPlanner.plan(RdtConfigReader.read(yaml), hardware);
        } catch (RdtConfigException e) {
          continue;
        }
        accepted++;
        configurator.apply(plan.configured(), Map.of());
        Set<String> groups = new TreeSet<>();
        plan.configured().keySet().stream()
            .filter(name -> !name.equals("system/default"))
            .forEach(name -> groups.add("carafe-" + name));
        assertThat(resctrl.classes()).as(yaml).containsExactlyElementsOf(groups);
        for (String group : groups) {
          String name = group.substring("carafe-".length());
          assertThat(resctrl.schemata(resctrl.group(group)).resources().get("L3"))
              .as(yaml)
              .isEqualTo(Objects.requireNonNull(plan.classes().get(name)).resources().get("L3"));
        }
      }
    } finally {
      simulator.stop();
    }
  }
}
