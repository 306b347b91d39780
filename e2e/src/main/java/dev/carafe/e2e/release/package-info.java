/** What is made for a release beside the tree: the DaemonSet's image. */
@NullMarked
package dev.carafe.e2e.release;

import org.jspecify.annotations.NullMarked;
