/** The container images that the tests use, as OCI image layouts on disk. */
@NullMarked
package dev.carafe.e2e.images;

import org.jspecify.annotations.NullMarked;
