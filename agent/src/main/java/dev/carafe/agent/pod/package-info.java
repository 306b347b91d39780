/** Pod sandboxes: their records, namespaces, shims and the ladder that makes and undoes them. */
@NullMarked
package dev.carafe.agent.pod;

import org.jspecify.annotations.NullMarked;
