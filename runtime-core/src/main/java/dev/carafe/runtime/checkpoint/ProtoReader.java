package dev.carafe.runtime.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Walks through a protobuf message, field by field. For one thread. */
final class ProtoReader {
  private final ByteBuffer in;
  private int field;
  private int type;

  ProtoReader(byte[] message) {
    this.in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Moves to the next field, whose value must be read or skipped. */
  boolean next() throws IOException {
    if (!in.hasRemaining()) {
      return false;
    }
    long key = varint();
    field = (int) (key >>> 3);
    type = (int) (key & 7);
    return true;
  }

  int field() {
    return field;
  }

  long number() throws IOException {
    expect(0);
    return varint();
  }

  String text() throws IOException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  byte[] bytes() throws IOException {
    expect(2);
    byte[] value = new byte[length(varint())];
    in.get(value);
    return value;
  }

  void skip() throws IOException {
    switch (type) {
      case 0 -> varint();
      case 1 -> in.position(in.position() + length(Long.BYTES));
      case 2 -> bytes();
      case 5 -> in.position(in.position() + length(Integer.BYTES));
      default -> throw new IOException("a message of criu has a field of wire type " + type);
    }
  }

  private void expect(int wanted) throws IOException {
    if (type != wanted) {
      throw new IOException(
          "a message of criu has field %d of wire type %d; expected %d"
              .formatted(field, type, wanted));
    }
  }

  private int length(long length) throws IOException {
    if (length < 0 || length > in.remaining()) {
      throw new IOException("a message of criu is cut off in field " + field);
    }
    return (int) length;
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && in.hasRemaining(); shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IOException("a message of criu is cut off in a number");
  }
}
