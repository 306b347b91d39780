package dev.carafe.agent.rdt;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.rdt.Ownership;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.PrivateClassReader;
import dev.carafe.runtime.rdt.config.PrivateClassReader.Asked;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.rdt.config.Where;
import dev.carafe.runtime.rdt.plan.Hardware;
import dev.carafe.runtime.rdt.plan.RdtPlanner;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A class that a pod or one of its containers has to itself, asked for by annotations with
 * schemata: {@code rdt.carafe.dev/l3} and {@code rdt.carafe.dev/mb} for the whole pod, the same
 * with {@code .NAME} for one container. The values are those of a class in the configuration file,
 * and are parts of the share of the partition that {@code carafe.privateClasses} names.
 *
 * @param group its control group
 * @param schemata the values by annotation; at least one
 */
record PrivateClass(String group, Map<String, String> schemata) {
  private static final String L3 = "rdt.carafe.dev/l3";
  private static final String MB = "rdt.carafe.dev/mb";

  PrivateClass {
    requireNonNull(group, "group is null");
    schemata = Map.copyOf(schemata);
  }

  /**
   * What a container's pod asks for.
   *
   * @return null when it asks for none
   */
  static @Nullable PrivateClass asked(
      Map<String, String> pod, String podId, String containerName, String containerId) {
    Map<String, String> values = new HashMap<>();
    boolean own = false;
    for (String key : new String[] {L3, MB}) {
      String named = key + "." + containerName;
      if (pod.containsKey(named)) {
        own = true;
        values.put(named, requireNonNull(pod.get(named)));
      } else if (pod.containsKey(key)) {
        values.put(key, requireNonNull(pod.get(key)));
      }
    }
    if (values.isEmpty()) {
      return null;
    }
    return new PrivateClass(RdtClasses.PRIVATE_PREFIX + (own ? containerId : podId), values);
  }

  /** The private class that a record says a container has; null when it has none. */
  static @Nullable PrivateClass of(Ownership record) {
    Ownership.Origin origin = record.origin();
    return origin == null || origin.schemata().isEmpty()
        ? null
        : new PrivateClass(record.controlGroup(), origin.schemata());
  }

  /** The annotations, for people. */
  String source() {
    return String.join(", ", schemata.keySet().stream().sorted().toList());
  }

  /** What the container's record says of it. */
  Ownership.Origin origin() {
    return new Ownership.Origin(group, source(), schemata);
  }

  /**
   * Its schemata on this hardware.
   *
   * @throws RdtConfigException when the configuration allows no such class, or a value is none
   */
  Schemata plan(RdtConfig config, Hardware hardware) {
    RdtConfig.PrivateClasses allowed = config.privateClasses();
    if (allowed == null) {
      throw new RdtConfigException(
          Where.FILE,
          "private classes ("
              + source()
              + ") are not allowed: the RDT configuration has no carafe.privateClasses");
    }
    return RdtPlanner.plan(
        config,
        hardware,
        allowed.partition(),
        PrivateClassReader.read(config, group, value(L3), value(MB)));
  }

  private @Nullable Asked value(String key) {
    for (Map.Entry<String, String> entry : schemata.entrySet()) {
      if (entry.getKey().equals(key) || entry.getKey().startsWith(key + ".")) {
        return new Asked(entry.getKey(), entry.getValue());
      }
    }
    return null;
  }
}
