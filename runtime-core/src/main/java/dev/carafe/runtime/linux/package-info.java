/** The system calls Carafe makes itself: the only package that touches jnr-ffi. */
@NullMarked
package dev.carafe.runtime.linux;

import org.jspecify.annotations.NullMarked;
