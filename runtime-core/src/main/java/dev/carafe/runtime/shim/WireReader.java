package dev.carafe.runtime.shim;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads one payload (encoding: native/PROTOCOL.md section 1). Not thread-safe. */
final class WireReader {
  /** Decodes one thing from the reader. */
  @FunctionalInterface
  interface Decoder<T> {
    T decode(WireReader reader);
  }

  private final ByteBuffer buffer;

  private WireReader(byte[] payload) {
    buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Decodes a whole payload; what is cut short or has bytes left over is an IOException. */
  static <T> T whole(byte[] payload, Decoder<T> decoder) throws IOException {
    WireReader reader = new WireReader(payload);
    try {
      T value = decoder.decode(reader);
      if (reader.buffer.hasRemaining()) {
        throw new IOException(
            "the shim sent "
                + reader.buffer.remaining()
                + " bytes too many in a frame of "
                + payload.length);
      }
      return value;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IOException("the shim sent a malformed frame of " + payload.length + " bytes", e);
    }
  }

  int u8() {
    return buffer.get() & 0xff;
  }

  int u16() {
    return buffer.getShort() & 0xffff;
  }

  int i32() {
    return buffer.getInt();
  }

  long u32() {
    return buffer.getInt() & 0xffff_ffffL;
  }

  long i64() {
    return buffer.getLong();
  }

  String str() {
    byte[] bytes = blob();
    if (buffer.get() != 0) {
      throw new IllegalArgumentException("a string without its NUL");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  byte[] blob() {
    int length = buffer.getInt();
    if (length < 0 || length > buffer.remaining()) {
      throw new IllegalArgumentException("a length of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  <T> List<T> list(Decoder<T> item) {
    int count = buffer.getInt();
    if (count < 0 || count > buffer.remaining()) {
      throw new IllegalArgumentException("a list of " + count);
    }
    List<T> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(item.decode(this));
    }
    return List.copyOf(items);
  }
}
