package dev.carafe.runtime.dbus;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Values in the wire format, little-endian. A {@code y} is a Byte; {@code n}, {@code q} a Short;
 * {@code i}, {@code u} an Integer (unsigned bits); {@code x}, {@code t} a Long; {@code d} a Double;
 * {@code b} a Boolean; {@code s}, {@code o}, {@code g} a String; {@code v} a {@link Variant};
 * {@code ay} a byte[]; other arrays, structs and entries are Lists. Not thread-safe.
 */
final class DBusWriter {
  private byte[] bytes = new byte[256];
  private int size;

  byte[] bytes() {
    return Arrays.copyOf(bytes, size);
  }

  DBusWriter all(String signature, List<?> values) {
    List<String> types = Signature.types(signature);
    if (types.size() != values.size()) {
      throw new IllegalArgumentException(
          "%d values for the D-Bus signature '%s'".formatted(values.size(), signature));
    }
    for (int i = 0; i < types.size(); i++) {
      one(types.get(i), values.get(i));
    }
    return this;
  }

  DBusWriter one(String type, Object value) {
    align(Signature.alignment(type));
    switch (type.charAt(0)) {
      case 'y' -> room(1).put((byte) value);
      case 'b' -> room(4).putInt((boolean) value ? 1 : 0);
      case 'n', 'q' -> room(2).putShort((short) value);
      case 'i', 'u' -> room(4).putInt((int) value);
      case 'x', 't' -> room(8).putLong((long) value);
      case 'd' -> room(8).putDouble((double) value);
      case 's', 'o' -> text((String) value);
      case 'g' -> signature((String) value);
      case 'v' -> variant((Variant) value);
      case 'a' -> array(type.substring(1), value);
      case '(', '{' -> struct(Signature.fields(type), (List<?>) value);
      default -> throw new IllegalArgumentException("cannot write the D-Bus type '" + type + "'");
    }
    return this;
  }

  void align(int alignment) {
    int padding = -size & (alignment - 1);
    if (padding > 0) {
      room(padding).put(new byte[padding]);
    }
  }

  private void text(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    room(4).putInt(text.length);
    room(text.length + 1).put(text).put((byte) 0);
  }

  private void signature(String value) {
    byte[] text = value.getBytes(StandardCharsets.US_ASCII);
    room(text.length + 2).put((byte) text.length).put(text).put((byte) 0);
  }

  private void variant(Variant variant) {
    signature(variant.signature());
    one(variant.signature(), variant.value());
  }

  private void struct(List<String> types, List<?> values) {
    for (int i = 0; i < types.size(); i++) {
      one(types.get(i), values.get(i));
    }
  }

  /** The length counts neither itself nor the padding before the first element. */
  private void array(String type, Object value) {
    int lengthAt = size;
    room(4).putInt(0);
    align(Signature.alignment(type));
    int start = size;
    if (value instanceof byte[] raw) {
      room(raw.length).put(raw);
    } else {
      ((List<?>) value).forEach(element -> one(type, element));
    }
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(lengthAt, size - start);
  }

  private ByteBuffer room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
    ByteBuffer room = ByteBuffer.wrap(bytes, size, more).order(ByteOrder.LITTLE_ENDIAN);
    size += more;
    return room;
  }
}
