package dev.carafe.runtime.rdt.plan;

import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfig;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The schemata that a configuration gives on a machine.
 *
 * @param configured what is written, by class; the root class only if the configuration names it
 * @param rootNow what the root class has before
 */
public record RdtPlan(SortedMap<String, Schemata> configured, Schemata rootNow) {
  public RdtPlan {
    configured = Collections.unmodifiableSortedMap(new TreeMap<>(configured));
    Objects.requireNonNull(rootNow, "rootNow");
  }

  /** All classes as they stand afterwards, the root class always among them. */
  public SortedMap<String, Schemata> classes() {
    SortedMap<String, Schemata> all = new TreeMap<>(configured);
    all.putIfAbsent(RdtConfig.ROOT_CLASS, rootNow);
    return all;
  }
}
