/**
 * RDT between cluster and host: the configuration's file, what the hardware has, carafed's word.
 */
@NullMarked
package dev.carafe.node.rdt;

import org.jspecify.annotations.NullMarked;
