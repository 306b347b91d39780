/** Small records on disk that survive a power loss. */
@NullMarked
package dev.carafe.runtime.state;

import org.jspecify.annotations.NullMarked;
