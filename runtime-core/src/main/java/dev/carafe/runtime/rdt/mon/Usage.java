package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a group used until a moment.
 *
 * @param controlGroup the class's group, {@code /} for the root one
 * @param tenant whose group it is; null for the class as a whole. Of a pod's group the container
 *     says nothing
 * @param nanos when it was read, of {@link System#nanoTime}
 * @param domains counters by L3 domain
 */
public record Usage(
    String controlGroup,
    @Nullable Tenant tenant,
    long nanos,
    SortedMap<Integer, Counters> domains) {
  public Usage {
    requireNonNull(controlGroup, "controlGroup is null");
    domains = new TreeMap<>(domains);
  }
}
