/** Intel RDT through the resctrl file system: classes, monitoring groups, and who made them. */
@NullMarked
package dev.carafe.runtime.rdt;

import org.jspecify.annotations.NullMarked;
