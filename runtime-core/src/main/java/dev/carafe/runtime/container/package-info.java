/** OCI containers of the command line: their records on disk, and what is true of them now. */
@NullMarked
package dev.carafe.runtime.container;

import org.jspecify.annotations.NullMarked;
