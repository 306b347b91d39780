/** The RDT configuration file, in goresctrl's YAML: what partitions and classes ask for. */
@NullMarked
package dev.carafe.runtime.rdt.config;

import org.jspecify.annotations.NullMarked;
