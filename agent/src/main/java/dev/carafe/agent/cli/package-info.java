/**
 * {@code carafe}, the node's command line: it asks {@code carafed} over its socket and prints what
 * it answers. No framework: its start is a person's wait.
 */
@NullMarked
package dev.carafe.agent.cli;

import org.jspecify.annotations.NullMarked;
