package dev.carafe.runtime.checkpoint;

import java.io.IOException;

/**
 * What criu says: a notice on the way, or an outcome (criu's rpc.proto, message criu_resp).
 *
 * @param type number of the request's type
 * @param success whether it was done
 * @param script a notice's name; "" for none
 * @param pid of the restored init, or of a notice's; 0 for none
 * @param errno criu's error number; 0 for none
 * @param message criu's sentence; "" for none
 * @param version 100 × (100 × major + minor) + sublevel, as criu counts; 0 when not asked for
 * @param memTrack whether changes of memory can be followed; false when not asked for
 */
record CriuReply(
    int type,
    boolean success,
    String script,
    int pid,
    int errno,
    String message,
    int version,
    boolean memTrack) {
  static CriuReply parse(byte[] message) throws IOException {
    int type = 0;
    boolean success = false;
    Notice notice = new Notice("", 0);
    int pid = 0;
    int errno = 0;
    String text = "";
    int version = 0;
    boolean memTrack = false;
    ProtoReader in = new ProtoReader(message);
    while (in.next()) {
      switch (in.field()) {
        case 1 -> type = (int) in.number();
        case 2 -> success = in.number() != 0;
        case 4 -> pid = number(in.bytes(), 1);
        case 5 -> notice = Notice.parse(in.bytes());
        case 7 -> errno = (int) in.number();
        case 8 -> memTrack = number(in.bytes(), 1) != 0;
        case 9 -> text = in.text();
        case 10 -> version = version(in.bytes());
        default -> in.skip();
      }
    }
    return new CriuReply(
        type,
        success,
        notice.script(),
        pid == 0 ? notice.pid() : pid,
        errno,
        text,
        version,
        memTrack);
  }

  private record Notice(String script, int pid) {
    static Notice parse(byte[] message) throws IOException {
      String script = "";
      int pid = 0;
      ProtoReader in = new ProtoReader(message);
      while (in.next()) {
        switch (in.field()) {
          case 1 -> script = in.text();
          case 2 -> pid = (int) in.number();
          default -> in.skip();
        }
      }
      return new Notice(script, pid);
    }
  }

  private static int number(byte[] message, int field) throws IOException {
    int value = 0;
    ProtoReader in = new ProtoReader(message);
    while (in.next()) {
      if (in.field() == field) {
        value = (int) in.number();
      } else {
        in.skip();
      }
    }
    return value;
  }

  private static int version(byte[] message) throws IOException {
    return 100 * (100 * number(message, 1) + number(message, 2)) + number(message, 4);
  }
}
