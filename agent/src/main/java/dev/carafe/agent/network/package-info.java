/**
 * The pods' network: CNI configurations, plugins and their results (CNI specification 0.1.0 to
 * 1.1.0).
 *
 * <p>A pod in the host's network never comes here. Loopback is brought up by the pod's shim,
 * without a plugin. {@link dev.carafe.agent.network.Cni} is the entrance.
 */
@NullMarked
package dev.carafe.agent.network;

import org.jspecify.annotations.NullMarked;
