/** The node agent's main class and the wiring of its parts. */
@NullMarked
package dev.carafe.agent;

import org.jspecify.annotations.NullMarked;
