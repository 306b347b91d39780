/** The calls that carafed makes its AOT cache from. */
@NullMarked
package dev.carafe.e2e.train;

import org.jspecify.annotations.NullMarked;
