/** An agent of a test's own, started as a process, and what the kernel says about it. */
@NullMarked
package dev.carafe.e2e.harness;

import org.jspecify.annotations.NullMarked;
