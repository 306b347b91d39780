package dev.carafe.runtime.cli;

import static dev.carafe.runtime.cli.FrontWire.END;
import static dev.carafe.runtime.cli.FrontWire.ENDED;
import static dev.carafe.runtime.cli.FrontWire.SAID;
import static dev.carafe.runtime.cli.FrontWire.SAY;

import dev.carafe.runtime.checkpoint.CriuProcess;
import dev.carafe.runtime.linux.Errno;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The front's criu. Ends with {@link #adopt} or {@link #close}. For one thread. */
final class FrontCriu implements CriuProcess {
  private static final int MESSAGE_MAX = 20 << 10;

  private final FrontWire wire;
  private final int pid;
  private final List<Integer> numbers;
  private boolean ended;

  FrontCriu(FrontWire wire, int pid, List<Integer> numbers) {
    this.wire = wire;
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
    wire.send(SAY, message);
    FrontWire.Frame frame = wire.next(MESSAGE_MAX);
    if (frame.type() != SAID) {
      throw FrontWire.unexpected(frame, "criu's answer");
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
    FrontWire.Payload payload = new FrontWire.Payload();
    payload.i32(restored);
    wire.send(END, payload.toByteArray());
    return wire.answer(ENDED, "criu's end").getInt();
  }
}
