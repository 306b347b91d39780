/**
 * The benchmark: carafed beside the distribution's containerd and runc, in interleaved blocks. Only
 * public surfaces are used: the CRI socket and procfs.
 */
@NullMarked
package dev.carafe.e2e.bench;

import org.jspecify.annotations.NullMarked;
