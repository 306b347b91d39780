/** Checkpoints of containers and pods: what may be asked for, and whether CRIU can do it here. */
@NullMarked
package dev.carafe.agent.checkpoint;

import org.jspecify.annotations.NullMarked;
