/** A SIMULATED resctrl file system for tests on machines without Intel RDT. */
@NullMarked
package dev.carafe.e2e.resctrl;

import org.jspecify.annotations.NullMarked;
