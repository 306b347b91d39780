package dev.carafe.runtime.dbus;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The inverse of {@link DBusWriter}; an array of bytes is read as a List of Bytes. Everything is
 * held against the message's end. Not thread-safe.
 */
final class DBusReader {
  /** Deeper nesting is refused (the specification allows 32 arrays in 32 structs). */
  private static final int DEPTH = 32;

  private final ByteBuffer in;
  private int depth;

  DBusReader(byte[] bytes, ByteOrder order) {
    this.in = ByteBuffer.wrap(bytes).order(order);
  }

  /**
   * The values of a signature.
   *
   * @throws DBusException when the bytes are not of that type
   */
  List<Object> all(String signature) throws DBusException {
    try {
      List<Object> values = new ArrayList<>();
      for (String type : Signature.types(signature)) {
        values.add(one(type));
      }
      return values;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new DBusException("", "malformed D-Bus value of '" + signature + "': " + e);
    }
  }

  void align(int alignment) {
    in.position(in.position() + (-in.position() & (alignment - 1)));
  }

  private Object one(String type) {
    align(Signature.alignment(type));
    return switch (type.charAt(0)) {
      case 'y' -> in.get();
      case 'b' -> in.getInt() != 0;
      case 'n', 'q' -> in.getShort();
      case 'i', 'u', 'h' -> in.getInt();
      case 'x', 't' -> in.getLong();
      case 'd' -> in.getDouble();
      case 's', 'o' -> text(in.getInt());
      case 'g' -> text(Byte.toUnsignedInt(in.get()));
      case 'v' -> variant();
      case 'a' -> array(type.substring(1));
      case '(', '{' -> struct(Signature.fields(type));
      default -> throw new IllegalArgumentException("cannot read the D-Bus type '" + type + "'");
    };
  }

  private String text(int length) {
    if (length < 0 || length >= in.remaining()) {
      throw new IllegalArgumentException("a text of " + length + " bytes");
    }
    byte[] text = new byte[length];
    in.get(text).get();
    return new String(text, StandardCharsets.UTF_8);
  }

  private Variant variant() {
    String signature = text(Byte.toUnsignedInt(in.get()));
    if (Signature.types(signature).size() != 1) {
      throw new IllegalArgumentException("a variant of '" + signature + "'");
    }
    if (++depth > DEPTH) {
      throw new IllegalArgumentException("nested more than " + DEPTH + " deep");
    }
    Variant variant = new Variant(signature, one(signature));
    depth--;
    return variant;
  }

  private List<Object> struct(List<String> types) {
    List<Object> values = new ArrayList<>();
    types.forEach(type -> values.add(one(type)));
    return values;
  }

  private List<Object> array(String type) {
    int length = in.getInt();
    align(Signature.alignment(type));
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("an array of " + length + " bytes");
    }
    int end = in.position() + length;
    List<Object> values = new ArrayList<>();
    while (in.position() < end) {
      values.add(one(type));
    }
    return values;
  }
}
