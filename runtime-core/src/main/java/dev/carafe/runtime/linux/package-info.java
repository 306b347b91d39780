/**
 * The Linux kernel as Java sees it: system calls through jnr-ffi, error numbers, capabilities,
 * signals, probes. The only package that touches jnr-ffi.
 */
@NullMarked
package dev.carafe.runtime.linux;

import org.jspecify.annotations.NullMarked;
