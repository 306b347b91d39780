package dev.carafe.agent.pod;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * An immutable snapshot of a pod: what list and status calls read, without any lock.
 *
 * @param record the pod's intent
 * @param phase where it stands
 * @param ips its addresses, the primary one first; empty in the host's network
 * @param initPid the pod init's pid in the host, 0 where there is none
 * @param reason why it is not ready, "" when somebody asked for it
 */
public record PodState(
    PodRecord record, Phase phase, List<String> ips, int initPid, String reason) {
  /** Where a pod stands. */
  public enum Phase {
    /** Being made: shown to nobody. */
    CREATING,
    /** Containers may be created and started. */
    READY,
    /** Stopped, or its shim is lost: only Stop and Remove are left. */
    NOT_READY
  }

  /** Checks that nothing is missing. */
  public PodState {
    requireNonNull(record, "record is null");
    requireNonNull(phase, "phase is null");
    ips = List.copyOf(ips);
    requireNonNull(reason, "reason is null");
  }

  /** The pod as it begins. */
  public static PodState creating(PodRecord record) {
    return new PodState(record, Phase.CREATING, List.of(), 0, "");
  }

  /** The pod, ready. */
  public PodState ready(List<String> addresses, int init) {
    return new PodState(record, Phase.READY, addresses, init, "");
  }

  /** The pod, stopped or lost. */
  public PodState notReady(String why) {
    return new PodState(record, Phase.NOT_READY, ips, 0, why);
  }

  /** The same with another record. */
  PodState with(PodRecord changed) {
    return new PodState(changed, phase, ips, initPid, reason);
  }

  /** The pod's id. */
  public String id() {
    return record.id();
  }
}
