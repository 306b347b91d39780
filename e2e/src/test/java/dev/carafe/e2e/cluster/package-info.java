/** A whole cluster on one machine: its control plane, its one node, and the chart in it. */
@NullMarked
package dev.carafe.e2e.cluster;

import org.jspecify.annotations.NullMarked;
