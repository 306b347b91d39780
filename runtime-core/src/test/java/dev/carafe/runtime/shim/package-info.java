/** Tests of the shim and of its client. */
@NullMarked
package dev.carafe.runtime.shim;

import org.jspecify.annotations.NullMarked;
