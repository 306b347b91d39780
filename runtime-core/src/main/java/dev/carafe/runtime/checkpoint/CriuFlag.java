package dev.carafe.runtime.checkpoint;

/** What a caller may switch on, by the name of the command line's option. */
public enum CriuFlag {
  /** The container runs on after its checkpoint. */
  LEAVE_RUNNING("leave-running", CriuField.LEAVE_RUNNING),
  /** Open TCP connections are saved and restored. */
  TCP_ESTABLISHED("tcp-established", CriuField.TCP_ESTABLISHED),
  /** TCP connections that are being made are left out. */
  TCP_SKIP_IN_FLIGHT("tcp-skip-in-flight", CriuField.TCP_SKIP_IN_FLIGHT),
  /** Open files that were unlinked get a link. */
  LINK_REMAP("link-remap", CriuField.LINK_REMAP),
  /** Unix sockets whose other end is outside are saved. */
  EXT_UNIX_SK("ext-unix-sk", CriuField.EXT_UNIX_SK),
  /** The session's leader is outside. */
  SHELL_JOB("shell-job", CriuField.SHELL_JOB),
  /** File locks are saved and restored. */
  FILE_LOCKS("file-locks", CriuField.FILE_LOCKS),
  /** Pages that a parent image has are taken out of it. */
  AUTO_DEDUP("auto-dedup", CriuField.AUTO_DEDUP);

  private final String option;
  private final CriuField field;

  CriuFlag(String option, CriuField field) {
    this.option = option;
    this.field = field;
  }

  /** The command line's name for it, without dashes. */
  public String option() {
    return option;
  }

  CriuField field() {
    return field;
  }
}
