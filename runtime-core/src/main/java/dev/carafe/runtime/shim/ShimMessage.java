package dev.carafe.runtime.shim;

/**
 * Message types of the shim protocol, as the tables of native/PROTOCOL.md section 3 number them.
 */
enum ShimMessage {
  HELLO(1),
  COMMIT(2),
  START(3),
  GO(4),
  SIGNAL(5),
  LIST(6),
  FORGET(7),
  SUBSCRIBE(8),
  REOPEN_LOG(9),
  RESIZE(10),
  EXEC(11),
  ATTACH(12),
  RUN(13),
  NETDEV(14),
  SHUTDOWN(15),
  PORT_OPEN(16),
  SETTLE(17),
  CRIU(18),
  EXITED(100),
  OOM(101),
  WARN(102),
  STREAM_STDOUT(110),
  STREAM_STDERR(111),
  STREAM_EXIT(112),
  STREAM_STDIN(113),
  STREAM_STDIN_CLOSE(114),
  STREAM_RESIZE(115),
  STREAM_KILL(116),
  STREAM_NOTE(117),
  CRIU_SAY(118),
  CRIU_SAID(119),
  CRIU_ADOPT(120),
  CRIU_ADOPTED(121);

  /** Set in the type of a reply. */
  static final int REPLY_BIT = 0x8000;

  /** Type of a failure reply. */
  static final int FAILURE = 0xffff;

  private final int code;

  ShimMessage(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
