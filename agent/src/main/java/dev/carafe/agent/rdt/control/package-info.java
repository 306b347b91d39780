/** The controller of memory bandwidth, as {@code [rdt.controller]} asks. */
@NullMarked
package dev.carafe.agent.rdt.control;

import org.jspecify.annotations.NullMarked;
