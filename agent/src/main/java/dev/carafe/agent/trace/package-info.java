/**
 * Traces: the spans of calls whose caller asks for them (W3C Trace Context), down to the steps at
 * the kernel, sent to a collector by OTLP over HTTP in JSON. Nothing of it is loaded unless {@code
 * trace.endpoint} is set.
 */
@NullMarked
package dev.carafe.agent.trace;

import org.jspecify.annotations.NullMarked;
