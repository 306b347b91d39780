package dev.carafe.runtime.cli;

import static dev.carafe.runtime.cli.FrontWire.AWAIT_READY;
import static dev.carafe.runtime.cli.FrontWire.BEGUN;
import static dev.carafe.runtime.cli.FrontWire.CALL;
import static dev.carafe.runtime.cli.FrontWire.CONTENT;
import static dev.carafe.runtime.cli.FrontWire.CRIU;
import static dev.carafe.runtime.cli.FrontWire.ERR;
import static dev.carafe.runtime.cli.FrontWire.EXIT;
import static dev.carafe.runtime.cli.FrontWire.EXITED;
import static dev.carafe.runtime.cli.FrontWire.HOOK;
import static dev.carafe.runtime.cli.FrontWire.HOOKED;
import static dev.carafe.runtime.cli.FrontWire.KILL;
import static dev.carafe.runtime.cli.FrontWire.KILLED;
import static dev.carafe.runtime.cli.FrontWire.NOTIFY;
import static dev.carafe.runtime.cli.FrontWire.NOTIFYING;
import static dev.carafe.runtime.cli.FrontWire.OUT;
import static dev.carafe.runtime.cli.FrontWire.PROCEED;
import static dev.carafe.runtime.cli.FrontWire.READ;
import static dev.carafe.runtime.cli.FrontWire.READY;
import static dev.carafe.runtime.cli.FrontWire.WAIT;
import static dev.carafe.runtime.cli.FrontWire.WARM;
import static dev.carafe.runtime.cli.FrontWire.WATCH;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.spec.Hook;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The C process that started this one and makes what is decided here (native/PROTOCOL.md section
 * 4). For one thread.
 */
final class Front {
  private static final int VERSION = 1;
  private static final int CALL_MAX = 256 << 10;
  private static final int PART_MAX = 16 << 10;

  private final FrontWire wire;
  private boolean left;

  Front(InputStream in, OutputStream out) {
    this.wire = new FrontWire(in, out);
  }

  /** The pipes that the front left open at 3 and 4. */
  static Front inherited() throws IOException {
    return new Front(
        new FileInputStream("/proc/self/fd/3"), new FileOutputStream("/proc/self/fd/4"));
  }

  /**
   * A command line that a front brought.
   *
   * @param program its name
   * @param caller whose it is
   * @param arguments what was typed
   */
  record Call(String program, Caller caller, List<String> arguments) {}

  /**
   * The first thing that a front says that is not this process's parent.
   *
   * @throws IOException also when it speaks another version
   */
  Call call() throws IOException {
    FrontWire.Frame frame = wire.next(CALL_MAX);
    ByteBuffer body = frame.body();
    if (frame.type() != CALL || body.getInt() != VERSION) {
      throw FrontWire.unexpected(frame, "a call of version " + VERSION);
    }
    int pid = body.getInt();
    String program = FrontWire.text(body);
    Path directory = Path.of(FrontWire.text(body));
    List<String> arguments = FrontWire.texts(body);
    Map<String, String> environment = new HashMap<>();
    for (String variable : FrontWire.texts(body)) {
      String[] parts = variable.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    return new Call(program, new Caller(pid, directory, environment), arguments);
  }

  /** Accepts a call, and waits for the front to agree: until then it may go elsewhere. */
  void warm() throws IOException {
    wire.send(WARM, new byte[0]);
    wire.answer(PROCEED, "the agreement to go on");
  }

  /** The front's standard output. */
  OutputStream output() {
    return new FrameStream(OUT);
  }

  /** The front's standard error. */
  OutputStream error() {
    return new FrameStream(ERR);
  }

  private final class FrameStream extends OutputStream {
    private final int type;

    FrameStream(int type) {
      this.type = type;
    }

    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      wire.send(type, Arrays.copyOfRange(bytes, from, from + count));
    }
  }

  /**
   * How a hook ended.
   *
   * @param errno error number when it could not run, else 0
   * @param code exit code, 128+n for signal n
   * @param timedOut whether it was killed for its time
   * @param output the beginning of what it wrote
   */
  record HookEnd(int errno, int code, boolean timedOut, String output) {}

  /**
   * Makes a process.
   *
   * @return its pid; it runs, or waits at its FIFO
   * @throws FrontLaunch.LaunchException when nothing runs
   */
  int launch(FrontLaunch.Order order, FrontLaunch.Listener listener) throws Exception {
    return FrontLaunch.execute(wire, order, listener);
  }

  /**
   * Runs a program with a state on its stdin and waits for it.
   *
   * @param directory where it runs
   * @param timeoutMs ms until it is killed; 0 is never
   */
  HookEnd hook(Hook hook, String directory, long timeoutMs, String state) throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.text(hook.path());
    payload.text(directory);
    payload.texts(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
    payload.texts(hook.env());
    payload.i32((int) timeoutMs);
    payload.text(state);
    wire.send(HOOK, payload.toByteArray());
    ByteBuffer end = wire.answer(HOOKED, "how a hook ended");
    return new HookEnd(end.getInt(), end.getInt(), end.get() != 0, FrontWire.text(end));
  }

  /**
   * Starts criu.
   *
   * @param foreground whether what it restores is waited for
   * @param subreaper whether orphans come to the front
   * @param consoleSocket who gets a restored terminal; "" for nobody
   * @param command absolute path and arguments; the socket's number comes behind them
   * @param files absolute paths that it needs open
   * @throws IOException naming what could not be opened or run
   */
  FrontCriu criu(
      boolean foreground,
      boolean subreaper,
      String consoleSocket,
      List<String> command,
      List<String> files)
      throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.u8((foreground ? 1 : 0) | (subreaper ? 2 : 0));
    payload.text(consoleSocket);
    payload.texts(command);
    payload.texts(List.of());
    payload.texts(files);
    wire.send(CRIU, payload.toByteArray());
    ByteBuffer begun = wire.answer(BEGUN, "that criu runs");
    int errno = begun.getInt();
    int pid = begun.getInt();
    List<Integer> numbers = new ArrayList<>();
    for (int count = begun.getInt(); count > 0; count--) {
      numbers.add(begun.getInt());
    }
    if (errno != 0) {
      throw new IOException(
          FrontWire.text(begun) + ": " + Errno.of(errno).text().toLowerCase(Locale.ROOT));
    }
    return new FrontCriu(wire, pid, List.copyOf(numbers));
  }

  /** The front waits for the program by itself, and exits as it does; nothing may follow. */
  void leave() throws IOException {
    left = true;
    wire.send(WAIT, new byte[0]);
  }

  /** Waits for the program's end: its exit code. */
  int watch() throws IOException {
    wire.send(WATCH, new byte[0]);
    return wire.answer(EXITED, "an exit code").getInt();
  }

  /** Sends a signal to the process that has this pid and start time: 0 or an error number. */
  int kill(int pid, long startTime, int signal) throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.i32(pid);
    payload.i64(startTime);
    payload.i32(signal);
    wire.send(KILL, payload.toByteArray());
    return wire.answer(KILLED, "a signal's outcome").getInt();
  }

  /**
   * Makes a socket for sd_notify(3); what comes there about READY goes to another socket.
   *
   * @param path of the new socket
   * @param host the other one, or its abstract name after {@code @}
   */
  void notifies(String path, String host) throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.text(path);
    payload.text(host);
    wire.send(NOTIFY, payload.toByteArray());
    int errno = wire.answer(NOTIFYING, "whether a socket was made").getInt();
    if (errno != 0) {
      throw new IOException(
          "NOTIFY_SOCKET: cannot pass on from "
              + path
              + " to "
              + host
              + ": "
              + Errno.of(errno).text());
    }
  }

  /** Waits until READY was passed on, or the process is gone. */
  void awaitReady(int pid, long startTime) throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.i32(pid);
    payload.i64(startTime);
    wire.send(AWAIT_READY, payload.toByteArray());
    wire.answer(READY, "the end of a wait");
  }

  /**
   * A file's content, as a process in a root directory finds it there. Whoever filled the directory
   * is not trusted: links stay inside, and only a regular file is opened. This process would need
   * native code for it, which takes a sixth of a cold start to bind.
   *
   * @param root absolute
   * @param path below it
   * @return nothing where no such file is, it can't be read, or it is longer than 1 MiB
   */
  byte[] content(Path root, String path) throws IOException {
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.text(root.toString());
    payload.text(path);
    wire.send(READ, payload.toByteArray());
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    while (true) {
      FrontWire.Frame part = wire.next(PART_MAX);
      if (part.type() != CONTENT) {
        throw FrontWire.unexpected(part, "a part of a file");
      }
      if (!part.body().hasRemaining()) {
        return content.toByteArray();
      }
      content.writeBytes(part.body().array());
    }
  }

  /** The command is done; the front exits with this code, unless it was told to wait by itself. */
  void exit(int code) throws IOException {
    if (!left) {
      wire.send(EXIT, new byte[] {(byte) code});
    }
  }
}
