package dev.carafe.runtime.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the types of native/PROTOCOL.md section 1 and refuses what is too long, cut off, or not in
 * form.
 */
final class WireReader {
  private final ByteBuffer buffer;

  WireReader(ByteBuffer buffer) {
    this.buffer = buffer.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer need(int bytes) throws PlanFormatException {
    if (buffer.remaining() < bytes) {
      throw new PlanFormatException(
          "cut off: " + bytes + " bytes expected, " + buffer.remaining() + " left");
    }
    return buffer;
  }

  private int length(int max) throws PlanFormatException {
    long length = u32();
    if (length > max) {
      throw new PlanFormatException("length " + length + ": expected at most " + max);
    }
    return (int) length;
  }

  int u8() throws PlanFormatException {
    return need(1).get() & 0xff;
  }

  boolean flag() throws PlanFormatException {
    int value = u8();
    if (value > 1) {
      throw new PlanFormatException("flag " + value + ": expected 0 or 1");
    }
    return value == 1;
  }

  int u16() throws PlanFormatException {
    return need(2).getShort() & 0xffff;
  }

  long u32() throws PlanFormatException {
    return need(4).getInt() & 0xffff_ffffL;
  }

  long u64() throws PlanFormatException {
    return need(8).getLong();
  }

  int i32() throws PlanFormatException {
    return need(4).getInt();
  }

  String str() throws PlanFormatException {
    byte[] bytes = bytes(length(WireWriter.STR_MAX));
    if (u8() != 0) {
      throw new PlanFormatException("string does not end in NUL");
    }
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.indexOf('\0') >= 0) {
        throw new PlanFormatException("NUL inside a string");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new PlanFormatException("string is not UTF-8");
    }
  }

  Blob blob() throws PlanFormatException {
    return Blob.of(bytes(length(WireWriter.BLOB_MAX)));
  }

  <T> List<T> list(Item<T> item) throws PlanFormatException {
    int count = length(WireWriter.LIST_MAX);
    List<T> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(item.read(this));
    }
    return List.copyOf(items);
  }

  WireReader part(int length) throws PlanFormatException {
    return new WireReader(ByteBuffer.wrap(bytes(length)));
  }

  int remaining() {
    return buffer.remaining();
  }

  private byte[] bytes(int length) throws PlanFormatException {
    need(length);
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  /** Reads one item of a list. */
  interface Item<T> {
    T read(WireReader in) throws PlanFormatException;
  }
}
