/**
 * The control loop: it keeps the memory bandwidth of a protected class by lowering the MB values of
 * others.
 */
@NullMarked
package dev.carafe.runtime.rdt.control;

import org.jspecify.annotations.NullMarked;
