/** Where the agent's log lines go: standard error, by a log4j provider of our own. */
@NullMarked
package dev.carafe.agent.log;

import org.jspecify.annotations.NullMarked;
