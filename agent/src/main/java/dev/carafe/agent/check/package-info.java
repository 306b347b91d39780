/**
 * {@code carafe check}: what this host has of what Carafe needs, and what to do about the rest. It
 * asks the kernel and reads files; it changes nothing and needs no carafed.
 */
@NullMarked
package dev.carafe.agent.check;

import org.jspecify.annotations.NullMarked;
