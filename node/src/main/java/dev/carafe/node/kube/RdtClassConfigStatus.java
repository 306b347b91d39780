package dev.carafe.node.kube;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of an {@link RdtClassConfig}.
 *
 * @param nodes an entry for each node that it selects; null when none has said anything
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RdtClassConfigStatus(@Nullable List<NodeEntry> nodes) {
  /**
   * One node's word.
   *
   * @param name of the node
   * @param generation of the resource that it speaks of
   * @param state Applied, Refused, or Shadowed by one of higher priority
   * @param message a sentence
   */
  public record NodeEntry(String name, long generation, String state, String message) {}
}
