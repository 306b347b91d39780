package dev.carafe.runtime.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes the types of native/PROTOCOL.md section 1. Values out of range are the caller's error
 * (IllegalArgumentException).
 */
final class WireWriter {
  static final int STR_MAX = 131_072;
  static final int BLOB_MAX = 1 << 20;
  static final int LIST_MAX = 65_536;

  private ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      int size = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
      byte[] grown = Arrays.copyOf(buffer.array(), size);
      buffer = ByteBuffer.wrap(grown).order(ByteOrder.LITTLE_ENDIAN).position(buffer.position());
    }
    return buffer;
  }

  private static void check(long value, long max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(value + ": expected 0 to " + max);
    }
  }

  void u8(int value) {
    check(value, 0xff);
    room(1).put((byte) value);
  }

  void u16(int value) {
    check(value, 0xffff);
    room(2).putShort((short) value);
  }

  void u32(long value) {
    check(value, 0xffff_ffffL);
    room(4).putInt((int) value);
  }

  void u64(long value) {
    room(8).putLong(value);
  }

  void i32(int value) {
    room(4).putInt(value);
  }

  void str(String value) {
    byte[] bytes = value.getBytes(UTF_8);
    if (bytes.length > STR_MAX || value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "string of " + bytes.length + " bytes: expected at most " + STR_MAX + " and no NUL");
    }
    u32(bytes.length);
    room(bytes.length + 1).put(bytes).put((byte) 0);
  }

  void blob(Blob value) {
    check(value.size(), BLOB_MAX);
    u32(value.size());
    room(value.size()).put(value.toByteArray());
  }

  void count(int items) {
    check(items, LIST_MAX);
    u32(items);
  }

  int size() {
    return buffer.position();
  }

  void putInt(int at, int value) {
    buffer.putInt(at, value);
  }

  byte[] toByteArray() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
