/**
 * Checkpoint and restore by CRIU: its protocol, what it is asked for a container, what it answers.
 */
@NullMarked
package dev.carafe.runtime.checkpoint;

import org.jspecify.annotations.NullMarked;
