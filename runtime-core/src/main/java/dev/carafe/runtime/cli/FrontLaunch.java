package dev.carafe.runtime.cli;

import static dev.carafe.runtime.cli.FrontWire.FAILED;
import static dev.carafe.runtime.cli.FrontWire.GO;
import static dev.carafe.runtime.cli.FrontWire.HELD;
import static dev.carafe.runtime.cli.FrontWire.LAUNCH;
import static dev.carafe.runtime.cli.FrontWire.RUNNING;
import static dev.carafe.runtime.cli.FrontWire.STARTED;
import static dev.carafe.runtime.cli.FrontWire.WARNING;

import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** How the front makes a process, and what it tells meanwhile (native/PROTOCOL.md section 4). */
final class FrontLaunch {
  private FrontLaunch() {}

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
   * A failed operation.
   *
   * @param index in the plan; -1 when it was none of them
   * @param errno error number, 0 for none
   * @param item index in the operation's list
   * @param detail what failed
   */
  record Trouble(int index, int errno, int item, String detail) {}

  /**
   * Makes a process.
   *
   * @return its pid; it runs, or waits at its FIFO
   */
  static int execute(FrontWire wire, Order order, Listener listener) throws Exception {
    byte[] plan = PlanEncoder.encode(order.plan());
    FrontWire.Payload payload = new FrontWire.Payload();
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
    wire.send(LAUNCH, payload.toByteArray());
    while (true) {
      FrontWire.Frame frame = wire.next();
      switch (frame.type()) {
        case HELD -> {
          listener.held(frame.body().getInt());
          wire.send(GO, new byte[0]);
        }
        case STARTED -> {
          listener.started(frame.body().getInt());
          wire.send(GO, new byte[0]);
        }
        case RUNNING -> {
          return frame.body().getInt();
        }
        case FAILED -> throw new LaunchException(trouble(frame.body()));
        case WARNING -> listener.warning(trouble(frame.body()));
        default -> throw FrontWire.unexpected(frame, "how a launch goes");
      }
    }
  }

  private static Trouble trouble(ByteBuffer frame) {
    int index = frame.getInt();
    frame.getShort();
    return new Trouble(index, frame.getInt(), frame.getInt(), FrontWire.text(frame));
  }
}
