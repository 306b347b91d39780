/** Carafe as the OCI runtime of other engines: podman and containerd as Debian has them. */
@NullMarked
package dev.carafe.e2e.oci;

import org.jspecify.annotations.NullMarked;
