package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.spec.Spec;

/**
 * A container as it is going to run. The seccomp filter is not in the specification yet: who starts
 * the container knows the compiled profiles.
 *
 * @param spec the OCI configuration, its root path {@code rootfs}
 * @param user the ids of the first process
 * @param stopSignal what StopContainer sends
 * @param seccomp which system call filter
 * @param privileged whether the container is privileged
 */
public record ContainerPlan(
    Spec spec,
    EffectiveUser user,
    StopSignal stopSignal,
    SeccompChoice seccomp,
    boolean privileged) {
  /** Checks that nothing is missing. */
  public ContainerPlan {
    requireNonNull(spec, "spec");
    requireNonNull(user, "user");
    requireNonNull(stopSignal, "stopSignal");
    requireNonNull(seccomp, "seccomp");
  }
}
