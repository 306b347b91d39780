/** What containers use of caches and memory bandwidth: monitoring groups and their counters. */
@NullMarked
package dev.carafe.runtime.rdt.mon;

import org.jspecify.annotations.NullMarked;
