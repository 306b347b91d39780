/** Usage of pods and containers, from cgroups and network namespaces. */
@NullMarked
package dev.carafe.agent.stats;

import org.jspecify.annotations.NullMarked;
