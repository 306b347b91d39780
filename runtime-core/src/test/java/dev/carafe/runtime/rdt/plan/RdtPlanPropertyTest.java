package dev.carafe.runtime.rdt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random configurations on hardware of many shapes. The seed is printed; {@code -Dcarafe.seed=N}
 * repeats a run.
 */
final class RdtPlanPropertyTest {
  private static final int CONFIGURATIONS = 10_000;
  private static final int MUTATED = 1000;
  private static final long SEED = Long.getLong("carafe.seed", System.nanoTime());

  /** Hardware under a name. */
  record Shape(String name, Hardware hardware) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Shape> shapes() {
    return List.of(
        shape("xeon", Map.of("L3", cache(20, 1, 2)), percent(10, 100, 2), 15),
        shape("four sockets", Map.of("L3", cache(20, 1, 4)), percent(10, 100, 4), 7),
        shape(
            "cdp",
            Map.of("L3CODE", cache(20, 1, 2), "L3DATA", cache(20, 1, 2)),
            percent(10, 100, 2),
            15),
        shape("at least two bits", Map.of("L3", cache(20, 2, 4)), null, 15),
        shape("l2", Map.of("L2", cache(8, 1, 2)), null, 15),
        shape(
            "l2 with cdp",
            Map.of("L2CODE", cache(16, 1, 4), "L2DATA", cache(16, 1, 4), "L3", cache(12, 1, 1)),
            null,
            15),
        shape("bandwidth only", Map.of(), percent(10, 100, 4), 7),
        shape(
            "mba_MBps",
            Map.of("L3", cache(11, 1, 2)),
            new Hardware.Bandwidth(true, 10, 0xffff_ffffL, ids(2)),
            15),
        shape("amd", Map.of("L3", cache(32, 0, 3)), percent(1, 2048, 3), 15),
        shape("four classes", Map.of("L3", cache(20, 1, 1)), percent(10, 100, 1), 3));
  }

  private static Shape shape(
      String name,
      Map<String, Hardware.Cache> caches,
      Hardware.@Nullable Bandwidth bandwidth,
      int classes) {
    return new Shape(name, new Hardware(caches, bandwidth, classes, new Schemata(Map.of())));
  }

  private static Hardware.Cache cache(int bits, int minBits, int domains) {
    return new Hardware.Cache((1L << bits) - 1, minBits, ids(domains));
  }

  private static Hardware.Bandwidth percent(int minimum, int maximum, int domains) {
    return new Hardware.Bandwidth(false, minimum, maximum, ids(domains));
  }

  private static SortedSet<Integer> ids(int count) {
    return new TreeSet<>(IntStream.range(0, count).boxed().toList());
  }

  private static SortedMap<String, List<String>> lines(RdtPlan plan, LongUnaryOperator change) {
    SortedMap<String, List<String>> lines = new TreeMap<>();
    plan.configured().forEach((name, own) -> lines.put(name, changed(own, change).lines()));
    return lines;
  }

  private static Schemata changed(Schemata schemata, LongUnaryOperator change) {
    Map<String, Map<Integer, Long>> resources = new TreeMap<>(schemata.resources());
    resources.replaceAll((resource, values) -> {
      Map<Integer, Long> copy = new TreeMap<>(values);
      if (resource.startsWith("L")) {
        copy.replaceAll((id, mask) -> change.applyAsLong(mask));
      }
      return copy;
    });
    return new Schemata(resources);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyLineIsTakenAndPartitionsAreExclusive(Shape shape) {
    System.out.println("RdtPlanPropertyTest " + shape + ": carafe.seed=" + SEED);
    RandomConfigs configs = new RandomConfigs(new SplittableRandom(SEED), shape.hardware());
    int accepted = 0;
    int several = 0;
    int shiftedFound = 0;
    int widenedFound = 0;
    for (int i = 0; i < CONFIGURATIONS; i++) {
      String yaml = configs.next();
      RdtConfig config;
      RdtPlan plan;
      try {
        config = RdtConfigReader.read(yaml);
        plan = RdtPlanner.plan(config, shape.hardware());
      } catch (RdtConfigException e) {
        assertThat(e)
            .hasMessageMatching("(?s)(partitions\\..*: .*|[0-9]+ classes are configured.*)");
        continue;
      }
      accepted++;
      several += config.partitions().size() > 1 ? 1 : 0;
      assertThat(PlanRules.broken(config, lines(plan, mask -> mask), shape.hardware()))
          .as("seed %d, configuration %d:%n%s", SEED, i, yaml)
          .isEmpty();
      if (accepted <= MUTATED) {
        shiftedFound += finds(config, plan, shape, mask -> mask << 1);
        widenedFound += finds(config, plan, shape, mask -> mask | mask << 1);
      }
    }
    assertThat(accepted).as("accepted, seed %d", SEED).isGreaterThan(CONFIGURATIONS * 2 / 5);
    assertThat(several).as("with two partitions or more").isGreaterThan(accepted / 2);
    if (!shape.hardware().caches().isEmpty()) {
      assertThat(shiftedFound).as("a planner off by one place is seen").isGreaterThan(MUTATED / 20);
      assertThat(widenedFound).as("a planner off by one bit is seen").isGreaterThan(MUTATED / 4);
    }
  }

  private static int finds(
      RdtConfig config, RdtPlan plan, Shape shape, LongUnaryOperator mutation) {
    return PlanRules.broken(config, lines(plan, mutation), shape.hardware()).isEmpty() ? 0 : 1;
  }
}
