/** {@code make demo}: one pod over the CRI, and what the kernel says about it. */
@NullMarked
package dev.carafe.e2e.demo;

import org.jspecify.annotations.NullMarked;
