package dev.carafe.runtime.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Frames to and from the front (native/PROTOCOL.md section 4). For one thread. */
final class FrontWire {
  // To the front.
  static final int EXIT = 1;
  static final int LAUNCH = 2;
  static final int GO = 3;
  static final int WAIT = 4;
  static final int WATCH = 5;
  static final int KILL = 6;
  static final int HOOK = 7;
  static final int OUT = 8;
  static final int ERR = 9;
  static final int WARM = 10;
  static final int CRIU = 11;
  static final int SAY = 12;
  static final int END = 13;
  static final int NOTIFY = 14;
  static final int AWAIT_READY = 15;
  static final int READ = 16;

  // From it.
  static final int STARTED = 1;
  static final int RUNNING = 2;
  static final int FAILED = 3;
  static final int WARNING = 4;
  static final int EXITED = 5;
  static final int KILLED = 6;
  static final int HOOKED = 7;
  static final int CALL = 8;
  static final int PROCEED = 9;
  static final int HELD = 10;
  static final int BEGUN = 11;
  static final int SAID = 12;
  static final int ENDED = 13;
  static final int NOTIFYING = 14;
  static final int READY = 15;
  static final int CONTENT = 16;

  private static final int FRAME_MAX = 1024;

  private final DataInputStream in;
  private final OutputStream out;

  FrontWire(InputStream in, OutputStream out) {
    this.in = new DataInputStream(in);
    this.out = Objects.requireNonNull(out, "out");
  }

  /** What came: its type and its fields, little-endian. */
  record Frame(int type, ByteBuffer body) {}

  Frame next() throws IOException {
    return next(FRAME_MAX);
  }

  /** The next frame, of at most this many bytes. */
  Frame next(int max) throws IOException {
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

  /** The fields of the next frame, which must be of this type. */
  ByteBuffer answer(int type, String what) throws IOException {
    Frame frame = next();
    if (frame.type() != type) {
      throw unexpected(frame, what);
    }
    return frame.body();
  }

  static IOException unexpected(Frame frame, String what) {
    return new IOException("the front sent a frame of type " + frame.type() + ": expected " + what);
  }

  static String text(ByteBuffer frame) {
    byte[] text = new byte[frame.getInt()];
    frame.get(text);
    frame.get();
    return new String(text, StandardCharsets.UTF_8);
  }

  static List<String> texts(ByteBuffer frame) {
    int count = frame.getInt();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(text(frame));
    }
    return texts;
  }

  void send(int type, byte[] payload) throws IOException {
    Payload frame = new Payload();
    frame.i32(payload.length);
    frame.u8(type);
    frame.bytes(payload);
    out.write(frame.toByteArray());
    out.flush();
  }

  /** Little-endian fields, as PROTOCOL.md section 1 has them. */
  static final class Payload {
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
