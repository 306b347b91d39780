package dev.carafe.runtime.cli;

import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanEncoder;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The C process that started this one and makes what is decided here (native/PROTOCOL.md section
 * 4). For one thread.
 */
final class Front {
  private static final int EXIT = 1;
  private static final int LAUNCH = 2;
  private static final int GO = 3;
  private static final int WAIT = 4;
  private static final int WATCH = 5;
  private static final int KILL = 6;
  private static final int FRAME_MAX = 1024;

  private final DataInputStream in;
  private final OutputStream out;
  private boolean left;

  Front(InputStream in, OutputStream out) {
    this.in = new DataInputStream(in);
    this.out = Objects.requireNonNull(out, "out");
  }

  /** The pipes that the front left open at 3 and 4. */
  static Front inherited() throws IOException {
    return new Front(
        new FileInputStream("/proc/self/fd/3"), new FileOutputStream("/proc/self/fd/4"));
  }

  /** What the front says. */
  sealed interface Message {
    /** The container's init exists and waits for {@link Front#go}. */
    record Started(int pid) implements Message {}

    /** The program runs, or waits at its FIFO. */
    record Running(int pid) implements Message {}

    /** Nothing runs; what there was of it is gone. */
    record Failed(Trouble trouble) implements Message {}

    /** Something that may fail did. */
    record Warning(Trouble trouble) implements Message {}

    /** The program ended: its exit code, 128+n for signal n. */
    record Exited(int code) implements Message {}

    /** The answer to {@link Front#kill}: 0 or an error number. */
    record Killed(int errno) implements Message {}
  }

  /**
   * A failed operation.
   *
   * @param index in the plan; -1 when it was none of them
   * @param errno error number, 0 for none
   * @param item index in the operation's list
   * @param detail what failed
   */
  record Trouble(int index, int errno, int item, String detail) {}

  /**
   * A process to make.
   *
   * @param plan what the launcher executes
   * @param foreground whether it is waited for
   * @param subreaper whether its orphans come to the front
   * @param targetPid init of the container that it joins, 0 for none
   * @param targetStart when that process started
   * @param fifo to be made before; "" for none
   * @param consoleSocket who gets the terminal; "" for nobody
   * @param pidfdSocket who gets a pidfd; "" for nobody
   */
  record Order(
      Plan plan,
      boolean foreground,
      boolean subreaper,
      int targetPid,
      long targetStart,
      String fifo,
      String consoleSocket,
      String pidfdSocket) {}

  /** Orders a process; {@link #next} tells how it goes. */
  void launch(Order order) throws IOException {
    byte[] plan = PlanEncoder.encode(order.plan());
    byte[] fifo = text(order.fifo());
    byte[] console = text(order.consoleSocket());
    byte[] pidfd = text(order.pidfdSocket());
    byte[] payload = new byte[17 + fifo.length + console.length + pidfd.length + plan.length];
    on(payload)
        .put((byte) ((order.foreground() ? 1 : 0) | (order.subreaper() ? 2 : 0)))
        .putInt(order.targetPid())
        .putLong(order.targetStart())
        .put(fifo)
        .put(console)
        .put(pidfd)
        .putInt(plan.length)
        .put(plan);
    send(LAUNCH, payload);
  }

  /** Lets a started container go on. */
  void go() throws IOException {
    send(GO, new byte[0]);
  }

  /** The front waits for the program by itself, and exits as it does; nothing may follow. */
  void leave() throws IOException {
    left = true;
    send(WAIT, new byte[0]);
  }

  /** Waits for the program's end: its exit code. */
  int watch() throws IOException {
    send(WATCH, new byte[0]);
    if (next() instanceof Message.Exited(int code)) {
      return code;
    }
    throw new IOException("the front answered something else than an exit code");
  }

  /** Sends a signal to the process that has this pid and start time: 0 or an error number. */
  int kill(int pid, long startTime, int signal) throws IOException {
    byte[] payload = new byte[16];
    on(payload).putInt(pid).putLong(startTime).putInt(signal);
    send(KILL, payload);
    if (next() instanceof Message.Killed(int errno)) {
      return errno;
    }
    throw new IOException("the front answered something else than a signal's outcome");
  }

  /** The command is done; the front exits with this code, unless it was told to wait by itself. */
  void exit(int code) throws IOException {
    if (!left) {
      send(EXIT, new byte[] {(byte) code});
    }
  }

  /** The next message. */
  Message next() throws IOException {
    byte[] header = in.readNBytes(5);
    if (header.length < 5) {
      throw new EOFException("the front is gone");
    }
    ByteBuffer head = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int length = head.getInt();
    int type = head.get();
    if (length < 0 || length > FRAME_MAX) {
      throw new IOException("the front sent a frame of " + length + " bytes");
    }
    ByteBuffer frame = ByteBuffer.wrap(in.readNBytes(length)).order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case 1 -> new Message.Started(frame.getInt());
      case 2 -> new Message.Running(frame.getInt());
      case 3 -> new Message.Failed(trouble(frame));
      case 4 -> new Message.Warning(trouble(frame));
      case 5 -> new Message.Exited(frame.getInt());
      case 6 -> new Message.Killed(frame.getInt());
      default -> throw new IOException("the front sent a frame of unknown type " + type);
    };
  }

  private static Trouble trouble(ByteBuffer frame) {
    int index = frame.getInt();
    frame.getShort();
    int errno = frame.getInt();
    int item = frame.getInt();
    byte[] detail = new byte[frame.getInt()];
    frame.get(detail);
    return new Trouble(index, errno, item, new String(detail, StandardCharsets.UTF_8));
  }

  private void send(int type, byte[] payload) throws IOException {
    byte[] frame = new byte[5 + payload.length];
    on(frame).putInt(payload.length).put((byte) type).put(payload);
    out.write(frame);
    out.flush();
  }

  private static ByteBuffer on(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    byte[] field = new byte[bytes.length + 5];
    on(field).putInt(bytes.length).put(bytes);
    return field;
  }
}
