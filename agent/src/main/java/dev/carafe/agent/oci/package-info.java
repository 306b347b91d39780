/**
 * From CRI configuration to OCI: a pod's and a container's messages and the image become a {@link
 * dev.carafe.runtime.spec.Spec}, with what else a start needs. Reads the host; changes nothing but
 * that a missing mount source is made.
 */
@NullMarked
package dev.carafe.agent.oci;

import org.jspecify.annotations.NullMarked;
