/** The streaming server: exec, attach and port-forward over SPDY/3.1 and WebSocket. */
@NullMarked
package dev.carafe.agent.stream;

import org.jspecify.annotations.NullMarked;
