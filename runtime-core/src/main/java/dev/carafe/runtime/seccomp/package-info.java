/**
 * Seccomp: the default profile, compilation of OCI profiles to BPF, and the cache of compiled
 * programs.
 */
@NullMarked
package dev.carafe.runtime.seccomp;

import org.jspecify.annotations.NullMarked;
