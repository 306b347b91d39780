package dev.carafe.runtime.cli;

import dev.carafe.runtime.checkpoint.CriuProcess;
import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanEncoder;
import dev.carafe.runtime.spec.Hook;
import java.io.ByteArrayOutputStream;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private static final int HOOK = 7;
  private static final int OUT = 8;
  private static final int ERR = 9;
  private static final int WARM = 10;
  private static final int CRIU = 11;
  private static final int SAY = 12;
  private static final int END = 13;
  private static final int STARTED = 1;
  private static final int RUNNING = 2;
  private static final int FAILED = 3;
  private static final int WARNING = 4;
  private static final int EXITED = 5;
  private static final int KILLED = 6;
  private static final int HOOKED = 7;
  private static final int CALL = 8;
  private static final int PROCEED = 9;
  private static final int HELD = 10;
  private static final int BEGUN = 11;
  private static final int SAID = 12;
  private static final int ENDED = 13;
  private static final int VERSION = 1;
  private static final int FRAME_MAX = 1024;
  private static final int CALL_MAX = 256 << 10;
  private static final int CRIU_MAX = 20 << 10;

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
    Frame frame = next(CALL_MAX);
    ByteBuffer body = frame.body();
    if (frame.type() != CALL || body.getInt() != VERSION) {
      throw unexpected(frame, "a call of version " + VERSION);
    }
    int pid = body.getInt();
    String program = text(body);
    Path directory = Path.of(text(body));
    List<String> arguments = texts(body);
    Map<String, String> environment = new HashMap<>();
    for (String variable : texts(body)) {
      String[] parts = variable.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    return new Call(program, new Caller(pid, directory, environment), arguments);
  }

  /** Accepts a call, and waits for the front to agree: until then it may go elsewhere. */
  void warm() throws IOException {
    send(WARM, new byte[0]);
    answer(PROCEED, "the agreement to go on");
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
      send(type, Arrays.copyOfRange(bytes, from, from + count));
    }
  }

  /** What can happen before a process runs. */
  interface Listener {
    /** A held launcher waits, in the caller's own cgroup; it goes on when this returns. */
    default void held(int pid) throws Exception {
      throw new IOException("the front holds a launcher that nobody asked it to hold");
    }

    /** The container's init exists and waits; it goes on when this returns. */
    void started(int pid) throws Exception;

    /** Something that may fail did. */
    void warning(Trouble trouble);
  }

  /** Nothing runs; what there was of it is gone. */
  static final class LaunchException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Trouble trouble;

    LaunchException(Trouble trouble) {
      super(trouble.detail());
      this.trouble = trouble;
    }

    Trouble trouble() {
      return trouble;
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
   * @param held whether its launcher is moved into its cgroup by another
   * @param targetPid init of the container that it joins, 0 for none
   * @param targetStart when that process started
   * @param fifo to be made before; "" for none
   * @param consoleSocket who gets the terminal; "" for nobody
   * @param pidfdSocket who gets a pidfd; "" for nobody
   * @param kept how many of the caller's descriptors from 3 on it inherits
   * @param seccompAgent who gets the seccomp listener; "" for nobody
   * @param seccompState what that agent is told, cut where the pid belongs
   */
  record Order(
      Plan plan,
      boolean foreground,
      boolean subreaper,
      boolean held,
      int targetPid,
      long targetStart,
      String fifo,
      String consoleSocket,
      String pidfdSocket,
      int kept,
      String seccompAgent,
      List<String> seccompState) {}

  /**
   * Makes a process.
   *
   * @return its pid; it runs, or waits at its FIFO
   */
  int launch(Order order, Listener listener) throws Exception {
    byte[] plan = PlanEncoder.encode(order.plan());
    Payload payload = new Payload();
    payload.u8((order.foreground() ? 1 : 0) | (order.subreaper() ? 2 : 0) | (order.held() ? 4 : 0));
    payload.i32(order.targetPid());
    payload.i64(order.targetStart());
    payload.text(order.fifo());
    payload.text(order.consoleSocket());
    payload.text(order.pidfdSocket());
    payload.u16(order.kept());
    payload.text(order.seccompAgent());
    payload.texts(order.seccompState());
    payload.i32(plan.length);
    payload.bytes(plan);
    send(LAUNCH, payload.toByteArray());
    while (true) {
      Frame frame = next();
      switch (frame.type()) {
        case HELD -> {
          listener.held(frame.body().getInt());
          send(GO, new byte[0]);
        }
        case STARTED -> {
          listener.started(frame.body().getInt());
          send(GO, new byte[0]);
        }
        case RUNNING -> {
          return frame.body().getInt();
        }
        case FAILED -> throw new LaunchException(trouble(frame.body()));
        case WARNING -> listener.warning(trouble(frame.body()));
        default -> throw unexpected(frame, "how a launch goes");
      }
    }
  }

  /**
   * Runs a program with a state on its stdin and waits for it.
   *
   * @param directory where it runs
   * @param timeoutMs ms until it is killed; 0 is never
   */
  HookEnd hook(Hook hook, String directory, long timeoutMs, String state) throws IOException {
    Payload payload = new Payload();
    payload.text(hook.path());
    payload.text(directory);
    payload.texts(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
    payload.texts(hook.env());
    payload.i32((int) timeoutMs);
    payload.text(state);
    send(HOOK, payload.toByteArray());
    ByteBuffer end = answer(HOOKED, "how a hook ended");
    return new HookEnd(end.getInt(), end.getInt(), end.get() != 0, text(end));
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
  Criu criu(
      boolean foreground,
      boolean subreaper,
      String consoleSocket,
      List<String> command,
      List<String> files)
      throws IOException {
    Payload payload = new Payload();
    payload.u8((foreground ? 1 : 0) | (subreaper ? 2 : 0));
    payload.text(consoleSocket);
    payload.texts(command);
    payload.texts(List.of());
    payload.texts(files);
    send(CRIU, payload.toByteArray());
    ByteBuffer begun = answer(BEGUN, "that criu runs");
    int errno = begun.getInt();
    int pid = begun.getInt();
    List<Integer> numbers = new ArrayList<>();
    for (int count = begun.getInt(); count > 0; count--) {
      numbers.add(begun.getInt());
    }
    if (errno != 0) {
      throw new IOException(text(begun) + ": " + Errno.of(errno).text().toLowerCase(Locale.ROOT));
    }
    return new Criu(pid, List.copyOf(numbers));
  }

  /** The front's criu. Ends with {@link #adopt} or {@link #close}. */
  final class Criu implements CriuProcess {
    private final int pid;
    private final List<Integer> numbers;
    private boolean ended;

    private Criu(int pid, List<Integer> numbers) {
      this.pid = pid;
      this.numbers = numbers;
    }

    @Override
    public int pid() {
      return pid;
    }

    @Override
    public List<Integer> numbers() {
      return numbers;
    }

    @Override
    public byte[] exchange(byte[] message) throws IOException {
      send(SAY, message);
      Frame frame = next(CRIU_MAX);
      if (frame.type() != SAID) {
        throw unexpected(frame, "criu's answer");
      }
      frame.body().getInt();
      byte[] answer = new byte[frame.body().remaining()];
      frame.body().get(answer);
      return answer;
    }

    /** Makes a restored process the front's own, as if it had launched it. */
    void adopt(int restored) throws IOException {
      int errno = end(restored);
      if (errno != 0) {
        throw new IOException(
            "criu says that it restored process %d: %s; expected a child"
                .formatted(restored, Errno.of(errno).text().toLowerCase(Locale.ROOT)));
      }
    }

    @Override
    public void close() throws IOException {
      if (!ended) {
        end(0);
      }
    }

    private int end(int restored) throws IOException {
      ended = true;
      Payload payload = new Payload();
      payload.i32(restored);
      send(END, payload.toByteArray());
      return answer(ENDED, "criu's end").getInt();
    }
  }

  /** The front waits for the program by itself, and exits as it does; nothing may follow. */
  void leave() throws IOException {
    left = true;
    send(WAIT, new byte[0]);
  }

  /** Waits for the program's end: its exit code. */
  int watch() throws IOException {
    send(WATCH, new byte[0]);
    return answer(EXITED, "an exit code").getInt();
  }

  /** Sends a signal to the process that has this pid and start time: 0 or an error number. */
  int kill(int pid, long startTime, int signal) throws IOException {
    Payload payload = new Payload();
    payload.i32(pid);
    payload.i64(startTime);
    payload.i32(signal);
    send(KILL, payload.toByteArray());
    return answer(KILLED, "a signal's outcome").getInt();
  }

  /** The command is done; the front exits with this code, unless it was told to wait by itself. */
  void exit(int code) throws IOException {
    if (!left) {
      send(EXIT, new byte[] {(byte) code});
    }
  }

  private record Frame(int type, ByteBuffer body) {}

  private Frame next() throws IOException {
    return next(FRAME_MAX);
  }

  private Frame next(int max) throws IOException {
    byte[] header = in.readNBytes(5);
    if (header.length < 5) {
      throw new EOFException("the front is gone");
    }
    ByteBuffer head = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int length = head.getInt();
    if (length < 0 || length > max) {
      throw new IOException("the front sent a frame of " + length + " bytes");
    }
    ByteBuffer body = ByteBuffer.wrap(in.readNBytes(length)).order(ByteOrder.LITTLE_ENDIAN);
    return new Frame(head.get(), body);
  }

  private ByteBuffer answer(int type, String what) throws IOException {
    Frame frame = next();
    if (frame.type() != type) {
      throw unexpected(frame, what);
    }
    return frame.body();
  }

  private static IOException unexpected(Frame frame, String what) {
    return new IOException("the front sent a frame of type " + frame.type() + ": expected " + what);
  }

  private static Trouble trouble(ByteBuffer frame) {
    int index = frame.getInt();
    frame.getShort();
    return new Trouble(index, frame.getInt(), frame.getInt(), text(frame));
  }

  private static String text(ByteBuffer frame) {
    byte[] text = new byte[frame.getInt()];
    frame.get(text);
    frame.get();
    return new String(text, StandardCharsets.UTF_8);
  }

  private static List<String> texts(ByteBuffer frame) {
    int count = frame.getInt();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(text(frame));
    }
    return texts;
  }

  private void send(int type, byte[] payload) throws IOException {
    Payload frame = new Payload();
    frame.i32(payload.length);
    frame.u8(type);
    frame.bytes(payload);
    out.write(frame.toByteArray());
    out.flush();
  }

  /** Little-endian fields, as PROTOCOL.md section 1 has them. */
  private static final class Payload {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void u8(int value) {
      bytes.write(value);
    }

    void u16(int value) {
      u8(value);
      u8(value >> 8);
    }

    void i32(int value) {
      u16(value);
      u16(value >> 16);
    }

    void i64(long value) {
      i32((int) value);
      i32((int) (value >> 32));
    }

    void bytes(byte[] value) {
      bytes.writeBytes(value);
    }

    void text(String value) {
      byte[] text = value.getBytes(StandardCharsets.UTF_8);
      i32(text.length);
      bytes(text);
      u8(0);
    }

    void texts(List<String> values) {
      i32(values.size());
      values.forEach(this::text);
    }

    byte[] toByteArray() {
      return bytes.toByteArray();
    }
  }
}
