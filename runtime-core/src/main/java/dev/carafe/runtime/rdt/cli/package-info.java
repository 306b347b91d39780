/** The command {@code carafe rdt}. */
@NullMarked
package dev.carafe.runtime.rdt.cli;

import org.jspecify.annotations.NullMarked;
