/** From an RDT configuration and a hardware shape to the schemata of each class. */
@NullMarked
package dev.carafe.runtime.rdt.plan;

import org.jspecify.annotations.NullMarked;
