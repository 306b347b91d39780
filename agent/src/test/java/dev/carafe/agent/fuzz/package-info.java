/** What Jazzer feeds. */
@NullMarked
package dev.carafe.agent.fuzz;

import org.jspecify.annotations.NullMarked;
