/** Devices by name: the Container Device Interface's specifications and what they ask for. */
@NullMarked
package dev.carafe.agent.cdi;

import org.jspecify.annotations.NullMarked;
