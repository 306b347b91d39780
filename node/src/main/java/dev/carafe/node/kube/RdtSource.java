package dev.carafe.node.kube;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a node's RDT classes come from: the custom resource that selects it with the highest
 * priority, else the ConfigMap.
 *
 * @param text the configuration, in YAML (which JSON is)
 * @param resource the custom resource; null for the ConfigMap
 * @param shadowed the other custom resources that select the node
 */
public record RdtSource(
    String text, @Nullable RdtClassConfig resource, List<RdtClassConfig> shadowed) {
  private static final Comparator<RdtClassConfig> FIRST =
      Comparator.comparingInt((RdtClassConfig one) -> -one.getSpec().priority())
          .thenComparing(one -> one.getMetadata().getName());

  /** Checks the components. */
  public RdtSource {
    requireNonNull(text, "text is null");
    shadowed = List.copyOf(shadowed);
  }

  /**
   * Chooses.
   *
   * @param labels of the node
   * @param configMap its {@code rdt.yaml}; null when there is none
   * @return null when nobody has a configuration for the node
   */
  public static @Nullable RdtSource choose(
      Map<String, String> labels,
      Collection<RdtClassConfig> resources,
      @Nullable String configMap) {
    List<RdtClassConfig> selecting =
        resources.stream().filter(one -> selects(one, labels)).sorted(FIRST).toList();
    if (selecting.isEmpty()) {
      return configMap == null || configMap.isBlank()
          ? null
          : new RdtSource(configMap, null, List.of());
    }
    RdtClassConfig first = selecting.getFirst();
    return new RdtSource(
        requireNonNull(first.getSpec().config(), "config").toPrettyString() + "\n",
        first,
        selecting.subList(1, selecting.size()));
  }

  private static boolean selects(RdtClassConfig resource, Map<String, String> labels) {
    RdtClassConfigSpec spec = resource.getSpec();
    if (spec == null || spec.config() == null || spec.config().isNull()) {
      return false;
    }
    return spec.nodeSelector() == null
        || labels.entrySet().containsAll(spec.nodeSelector().entrySet());
  }
}
