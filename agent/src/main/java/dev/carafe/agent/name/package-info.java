/** Ids, and the names under which pods and containers are created exactly once. */
@NullMarked
package dev.carafe.agent.name;

import org.jspecify.annotations.NullMarked;
