package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.carafe.runtime.shim.ProcessKind;
import dev.carafe.runtime.shim.ProcessState;
import dev.carafe.runtime.shim.RemoteProcess;
import dev.carafe.runtime.shim.ShimProcess;
import dev.carafe.runtime.shim.StreamFrame;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A process that does what a test says: its output is queued, its stdin is counted. */
final class FakeProcess implements RemoteProcess {
  final LinkedBlockingQueue<StreamFrame> output = new LinkedBlockingQueue<>();
  final AtomicReference<String> stdin = new AtomicReference<>("");
  final AtomicLong stdinBytes = new AtomicLong();
  final AtomicLong taken = new AtomicLong();
  final CountDownLatch stdinEnd = new CountDownLatch(1);
  final CountDownLatch closed = new CountDownLatch(1);
  final List<String> sizes = new CopyOnWriteArrayList<>();

  /** Writes to stdin that go through without waiting. */
  final Semaphore appetite = new Semaphore(Integer.MAX_VALUE);

  static StreamFrame exit(int code) {
    ShimProcess process =
        new ShimProcess("e", ProcessKind.EXEC, ProcessState.EXITED, 1, 1, 2, code, 0, 0, null);
    return new StreamFrame.Exit(process, false);
  }

  @Override
  public @Nullable StreamFrame read() throws IOException {
    try {
      StreamFrame frame = output.take();
      taken.incrementAndGet();
      return frame;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    }
  }

  @Override
  public void writeStdin(byte[] bytes, int offset, int length) throws IOException {
    try {
      appetite.acquire();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    }
    if (length < 100) {
      stdin.accumulateAndGet(new String(bytes, offset, length, UTF_8), String::concat);
    }
    stdinBytes.addAndGet(length);
  }

  @Override
  public void closeStdin() {
    stdinEnd.countDown();
  }

  @Override
  public void resize(int rows, int cols) {
    sizes.add(rows + "x" + cols);
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
