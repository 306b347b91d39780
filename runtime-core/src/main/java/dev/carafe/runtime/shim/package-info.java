/** Starts shims and talks to them: the Java side of native/PROTOCOL.md section 3. */
@NullMarked
package dev.carafe.runtime.shim;

import org.jspecify.annotations.NullMarked;
