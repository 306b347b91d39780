/** Pictures of terminals, for the documentation. */
@NullMarked
package dev.carafe.e2e.picture;

import org.jspecify.annotations.NullMarked;
