/**
 * A container registry on loopback that serves the tests' images under the names of public
 * registries.
 */
@NullMarked
package dev.carafe.e2e.registry;

import org.jspecify.annotations.NullMarked;
