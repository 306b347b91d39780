/**
 * Control groups of both kinds: cgroup v1 with one directory a controller, cgroup v2 with one
 * directory for all, and the hybrid of the two.
 */
@NullMarked
package dev.carafe.runtime.cgroup;

import org.jspecify.annotations.NullMarked;
