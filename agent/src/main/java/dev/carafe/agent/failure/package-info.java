/** What can go wrong, as every caller of the agent sees it: one exception type with a kind. */
@NullMarked
package dev.carafe.agent.failure;

import org.jspecify.annotations.NullMarked;
