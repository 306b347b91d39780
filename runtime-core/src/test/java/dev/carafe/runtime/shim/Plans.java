package dev.carafe.runtime.shim;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Encodes small launch plans by hand (native/PROTOCOL.md section 2), without namespaces. */
final class Plans {
  private static final int SIGNALS = 47;
  private static final int SESSION = 52;
  private static final int FORK_INIT = 60;
  private static final int PARK = 61;
  private static final int EXEC = 62;
  private static final int TERMINAL = 51;
  private static final int ROOT_OPEN = 31;
  private static final int EXIT = 64;
  private static final List<String> ENV = List.of("PATH=/usr/bin:/bin", "LANG=C");

  private Plans() {}

  /** Runs a shell script. */
  static byte[] shell(String script) {
    return plan(op(SIGNALS), exec("/bin/sh", "-c", script));
  }

  /** Runs a shell script in a session of its own. */
  static byte[] session(String script) {
    return plan(op(SIGNALS), op(SESSION), exec("/bin/sh", "-c", script));
  }

  /** Runs a shell script as a child that FORK_INIT makes. */
  static byte[] forked(String script) {
    return plan(op(FORK_INIT, new WireWriter().u32(0)), op(SIGNALS), exec("/bin/sh", "-c", script));
  }

  /** Waits for go, then runs a shell script. */
  static byte[] parked(String script) {
    return plan(op(SIGNALS), op(PARK), exec("/bin/sh", "-c", script));
  }

  /** Runs a shell script on a terminal of the host's devpts. */
  static byte[] terminal(String script, int rows, int cols) {
    WireWriter terminal = new WireWriter().u16(1).u16(rows).u16(cols).u8(0).u32(0).u32(0);
    return plan(
        op(ROOT_OPEN, new WireWriter().u16(1).str("/")),
        op(SIGNALS),
        op(SESSION),
        op(TERMINAL, terminal),
        exec("/bin/sh", "-c", script));
  }

  /** Runs a program. */
  static byte[] program(String... argv) {
    return plan(op(SIGNALS), exec(argv));
  }

  /** Prepares nothing. */
  static byte[] nothing() {
    return plan(op(EXIT));
  }

  static byte[] op(int code) {
    return op(code, new WireWriter());
  }

  static byte[] op(int code, WireWriter payload) {
    byte[] body = body(payload);
    return ByteBuffer.allocate(8 + body.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) code)
        .putShort((short) 0)
        .putInt(body.length)
        .put(body)
        .array();
  }

  static byte[] exec(String... argv) {
    return op(EXEC, new WireWriter().strings(List.of(argv)).strings(ENV));
  }

  static byte[] plan(byte[]... operations) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] operation : operations) {
      all.writeBytes(operation);
    }
    return ByteBuffer.allocate(16 + all.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x50465243)
        .putShort((short) 1)
        .putShort((short) 0)
        .putInt(operations.length)
        .putInt(16 + all.size())
        .put(all.toByteArray())
        .array();
  }

  private static byte[] body(WireWriter payload) {
    ByteBuffer frame = payload.frame(ShimMessage.HELLO, 0);
    byte[] body = new byte[frame.limit() - WireWriter.HEAD];
    frame.get(WireWriter.HEAD, body);
    return body;
  }
}
