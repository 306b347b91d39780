package dev.carafe.runtime.checkpoint;

/** Options of a request by their numbers in criu's rpc.proto, message criu_opts. */
enum CriuField {
  /** Descriptor of the images' directory, in the table of the process that made the socket. */
  IMAGES_DIR_FD(1),
  PID(2),
  LEAVE_RUNNING(3),
  EXT_UNIX_SK(4),
  TCP_ESTABLISHED(5),
  SHELL_JOB(7),
  FILE_LOCKS(8),
  LOG_LEVEL(9),
  LOG_FILE(10),
  /** A message: 1 address, 2 port. */
  PAGE_SERVER(11),
  NOTIFY_SCRIPTS(12),
  ROOT(13),
  PARENT_IMG(14),
  TRACK_MEM(15),
  AUTO_DEDUP(16),
  WORK_DIR_FD(17),
  LINK_REMAP(18),
  /** A message each: 1 controller, 2 path. */
  CG_ROOT(25),
  RST_SIBLING(26),
  /** A message each: 1 key, 2 descriptor of criu's own. */
  INHERIT_FD(27),
  MANAGE_CGROUPS_MODE(34),
  /** TYPE[WHAT]:NAME, each. */
  EXTERNAL(37),
  EMPTY_NS(38),
  /** A message each: 1 type, 2 file. */
  JOIN_NS(39),
  FREEZE_CGROUP(44),
  TCP_SKIP_IN_FLIGHT(46),
  ORPHAN_PTS_MASTER(50),
  CONFIG_FILE(51),
  LSM_PROFILE(53),
  LSM_MOUNT_CONTEXT(63);

  private final int number;

  CriuField(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
