package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.oci.SeccompChoice;
import dev.carafe.runtime.spec.Spec;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a start needs, as it was decided at creation.
 *
 * @param spec the OCI configuration
 * @param lowers the image's layers, the uppermost first
 * @param seccomp which system call filter
 */
public record Bundle(Spec spec, List<Path> lowers, SeccompChoice seccomp) {
  /** Checks that nothing is missing. */
  public Bundle {
    requireNonNull(spec, "spec is null");
    lowers = List.copyOf(lowers);
    requireNonNull(seccomp, "seccomp is null");
  }
}
