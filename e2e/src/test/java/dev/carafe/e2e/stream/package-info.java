/** Clients of the streaming server, as kubelets and kubectl have them: SPDY/3.1 and WebSocket. */
@NullMarked
package dev.carafe.e2e.stream;

import org.jspecify.annotations.NullMarked;
