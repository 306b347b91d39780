package dev.carafe.runtime.shim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Builds one frame in one growing buffer (encoding: native/PROTOCOL.md section 1). Not thread-safe.
 */
final class WireWriter {
  static final int HEAD = 12;

  private static final int STRING_LIMIT = 131_072;

  private byte[] array = new byte[512];
  private ByteBuffer buffer = little(array);

  WireWriter() {
    buffer.position(HEAD);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int position = buffer.position();
      int size = Math.max(buffer.capacity() * 2, position + bytes);
      array = Arrays.copyOf(array, size);
      buffer = little(array).position(position);
    }
    return buffer;
  }

  WireWriter u8(int value) {
    room(1).put((byte) value);
    return this;
  }

  WireWriter bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  WireWriter u16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  WireWriter u32(long value) {
    room(4).putInt((int) value);
    return this;
  }

  WireWriter u64(long value) {
    room(8).putLong(value);
    return this;
  }

  WireWriter str(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > STRING_LIMIT || value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "a string on the wire has at most "
              + STRING_LIMIT
              + " bytes and no NUL, not "
              + bytes.length
              + " bytes");
    }
    room(bytes.length + 5).putInt(bytes.length).put(bytes).put((byte) 0);
    return this;
  }

  WireWriter strings(List<String> values) {
    u32(values.size());
    values.forEach(this::str);
    return this;
  }

  WireWriter blob(byte[] bytes) {
    room(bytes.length + 4).putInt(bytes.length).put(bytes);
    return this;
  }

  WireWriter bytes(byte[] bytes, int offset, int length) {
    room(length).put(bytes, offset, length);
    return this;
  }

  /** The whole frame, header filled in, ready to be written once. */
  ByteBuffer frame(ShimMessage type, int id) {
    int length = buffer.position() - HEAD;
    if (length > FrameChannel.PAYLOAD_LIMIT) {
      throw new IllegalArgumentException(
          "a frame has at most " + FrameChannel.PAYLOAD_LIMIT + " bytes, not " + length);
    }
    buffer.putInt(0, length).putShort(4, (short) type.code()).putShort(6, (short) 0).putInt(8, id);
    return buffer.flip();
  }
}
