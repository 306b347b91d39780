/** The loggers behind the interface of log4j2. */
@NullMarked
package dev.carafe.agent.log;

import org.jspecify.annotations.NullMarked;
