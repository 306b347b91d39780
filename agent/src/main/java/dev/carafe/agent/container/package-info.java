/** Containers: from a CRI configuration to a running process and its exit. */
@NullMarked
package dev.carafe.agent.container;

import org.jspecify.annotations.NullMarked;
