package dev.carafe.node.kube;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link RdtClassConfig} says.
 *
 * @param nodeSelector labels that a node must have, all of them; null or empty for every node
 * @param priority among several that select a node the highest counts, then the first name
 * @param config the classes in goresctrl's form; null for none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RdtClassConfigSpec(
    @Nullable Map<String, String> nodeSelector, int priority, @Nullable JsonNode config) {}
