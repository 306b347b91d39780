/** What containers use of caches and memory bandwidth, on this node: groups, series, the view. */
@NullMarked
package dev.carafe.agent.rdt.mon;

import org.jspecify.annotations.NullMarked;
