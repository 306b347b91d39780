package dev.carafe.runtime.shim;

import dev.carafe.runtime.checkpoint.CriuProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A criu that is a shim's child, on a connection of its own. For one thread; interrupting it closes
 * the connection, upon which criu gives up.
 */
public final class CriuStream implements CriuProcess {
  private final FrameChannel channel;
  private final int pid;
  private final List<Integer> numbers;

  private CriuStream(FrameChannel channel, int pid, List<Integer> numbers) {
    this.channel = channel;
    this.pid = pid;
    this.numbers = numbers;
  }

  static CriuStream open(
      Path dir, LaunchRequest request, List<String> command, List<String> env, List<String> files)
      throws IOException {
    WireWriter payload =
        request.encode(new WireWriter()).strings(command).strings(env).strings(files);
    FrameChannel channel = FrameChannel.connect(dir);
    try {
      byte[] reply = ShimClient.exchange(channel, ShimMessage.CRIU, payload);
      return WireReader.whole(
          reply, in -> new CriuStream(channel, in.i32(), in.list(WireReader::i32)));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
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
    channel.write(
        new WireWriter().bytes(message, 0, message.length).frame(ShimMessage.CRIU_SAY, 0));
    Frame frame = channel.read();
    return frame == null ? new byte[0] : expect(frame, ShimMessage.CRIU_SAID).payload();
  }

  /**
   * Makes a restored process the container's init.
   *
   * @throws ShimException when it is no child of the shim's
   */
  public Started adopt(int restored) throws IOException {
    channel.write(new WireWriter().u32(restored).frame(ShimMessage.CRIU_ADOPT, 0));
    Frame frame = channel.read();
    // Criu may have ended meanwhile, and that is said too.
    while (frame != null && frame.type() == ShimMessage.CRIU_SAID.code()) {
      frame = channel.read();
    }
    if (frame == null) {
      throw new ShimGoneException("the shim closed the connection on CRIU_ADOPT", null);
    }
    Adopted adopted =
        WireReader.whole(
            expect(frame, ShimMessage.CRIU_ADOPTED).payload(),
            in -> new Adopted(in.i32(), new Started(in.i32(), in.i64(), ProcessState.RUNNING)));
    if (adopted.errno() != 0) {
      throw new IOException(
          "criu says that it restored process %d, which is no child of the shim"
              .formatted(restored));
    }
    return adopted.started();
  }

  private record Adopted(int errno, Started started) {}

  private static Frame expect(Frame frame, ShimMessage type) throws IOException {
    if (frame.type() != type.code()) {
      throw new IOException(
          "the shim sent a frame of type %d; expected %s".formatted(frame.type(), type));
    }
    return frame;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
