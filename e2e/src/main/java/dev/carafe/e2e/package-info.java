/** Tools that drive Carafe from outside, over its public surfaces only. */
@NullMarked
package dev.carafe.e2e;

import org.jspecify.annotations.NullMarked;
