/** Tests of the structure itself. */
@NullMarked
package dev.carafe.agent.arch;

import org.jspecify.annotations.NullMarked;
