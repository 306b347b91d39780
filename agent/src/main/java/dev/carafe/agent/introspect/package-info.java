/** What any gRPC client may ask of a server: its health, and what it offers. */
@NullMarked
package dev.carafe.agent.introspect;

import org.jspecify.annotations.NullMarked;
