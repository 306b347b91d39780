package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

/**
 * An immutable snapshot of a container: what list and status calls read, without any lock.
 *
 * @param record the container's intent
 * @param phase where it stands
 * @param pid its init's pid in the host while it runs, else 0
 * @param startedAt nanoseconds since the epoch, 0 before it started
 * @param exit how it ended, {@link Exit#NONE} before
 */
public record ContainerState(
    ContainerRecord record, Phase phase, int pid, long startedAt, Exit exit) {

  /** Where a container stands. */
  public enum Phase {
    /** Being made: shown to nobody. */
    CREATING,
    /** Made, never started. */
    CREATED,
    /** Its init runs. */
    RUNNING,
    /** Ended, or could not be started. */
    EXITED
  }

  /**
   * How a container ended.
   *
   * @param finishedAt nanoseconds since the epoch
   * @param code exit code, 128+n when signal n ended it
   * @param reason one word for programs: Completed, Error, OOMKilled, StartError, Unknown
   * @param message a sentence for people, may be empty
   */
  public record Exit(long finishedAt, int code, String reason, String message) {
    /** It has not ended. */
    public static final Exit NONE = new Exit(0, 0, "", "");

    /** Checks that nothing is missing. */
    public Exit {
      requireNonNull(reason, "reason is null");
      requireNonNull(message, "message is null");
    }
  }

  /** Checks that nothing is missing. */
  public ContainerState {
    requireNonNull(record, "record is null");
    requireNonNull(phase, "phase is null");
    requireNonNull(exit, "exit is null");
  }

  /** The container as it begins. */
  public static ContainerState creating(ContainerRecord record) {
    return new ContainerState(record, Phase.CREATING, 0, 0, Exit.NONE);
  }

  /** The container, made. */
  public ContainerState created() {
    return new ContainerState(record, Phase.CREATED, 0, 0, Exit.NONE);
  }

  /** The container, running. */
  public ContainerState running(int initPid, long since) {
    return new ContainerState(record, Phase.RUNNING, initPid, since, Exit.NONE);
  }

  /** The container, ended. */
  public ContainerState exited(Exit how) {
    return new ContainerState(record, Phase.EXITED, 0, startedAt, how);
  }

  /** The same with another record. */
  public ContainerState with(ContainerRecord changed) {
    return new ContainerState(changed, phase, pid, startedAt, exit);
  }

  /** The container's id. */
  public String id() {
    return record.id();
  }
}
