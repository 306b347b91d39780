/** What a kubelet does to a runtime all day: a driver for soak tests. */
@NullMarked
package dev.carafe.e2e.kubelet;

import org.jspecify.annotations.NullMarked;
