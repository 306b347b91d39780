package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** What an exec's or attach's stream brings. */
public sealed interface StreamFrame {
  /** Bytes of stdout, or of the terminal. */
  @SuppressWarnings("ArrayRecordComponent")
  record Stdout(byte[] bytes) implements StreamFrame {
    /** Checks the components. */
    public Stdout {
      requireNonNull(bytes);
    }
  }

  /** Bytes of stderr. */
  @SuppressWarnings("ArrayRecordComponent")
  record Stderr(byte[] bytes) implements StreamFrame {
    /** Checks the components. */
    public Stderr {
      requireNonNull(bytes);
    }
  }

  /** The exec's end; nothing follows. */
  record Exit(ShimProcess process, boolean timedOut) implements StreamFrame {
    /** Checks the components. */
    public Exit {
      requireNonNull(process);
    }
  }

  /** Why the shim ends this stream. */
  record Note(String text) implements StreamFrame {
    /** Checks the components. */
    public Note {
      requireNonNull(text);
    }
  }

  static StreamFrame decode(Frame frame) throws IOException {
    if (frame.type() == ShimMessage.STREAM_STDOUT.code()) {
      return new Stdout(frame.payload());
    }
    if (frame.type() == ShimMessage.STREAM_STDERR.code()) {
      return new Stderr(frame.payload());
    }
    if (frame.type() == ShimMessage.STREAM_EXIT.code()) {
      return WireReader.whole(
          frame.payload(), in -> new Exit(ShimProcess.decode(in), in.u8() != 0));
    }
    if (frame.type() == ShimMessage.STREAM_NOTE.code()) {
      return new Note(WireReader.whole(frame.payload(), WireReader::str));
    }
    throw new IOException("the shim sent a frame of type " + frame.type() + " on a stream");
  }
}
