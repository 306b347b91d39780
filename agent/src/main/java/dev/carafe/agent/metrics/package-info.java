/**
 * The Prometheus endpoint. Parts of the agent describe their series by {@link
 * dev.carafe.agent.metrics.Metrics}, which costs nothing while no endpoint is configured.
 */
@NullMarked
package dev.carafe.agent.metrics;

import org.jspecify.annotations.NullMarked;
