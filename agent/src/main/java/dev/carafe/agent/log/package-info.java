/** The configuration of log4j2, written out instead of read. */
@NullMarked
package dev.carafe.agent.log;

import org.jspecify.annotations.NullMarked;
