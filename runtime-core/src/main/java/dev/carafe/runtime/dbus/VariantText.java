package dev.carafe.runtime.dbus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values in GVariant's text format (GLib's gvariant-text): booleans, numbers, strings, arrays,
 * tuples and variants, with a type before them as {@code uint64 7} or {@code @as []}. Dictionaries,
 * maybes and byte strings are not read.
 */
public final class VariantText {
  private static final Map<String, String> NAMES = names();
  private static final String INT32 = "i";

  private final String text;
  private int at;

  private VariantText(String text) {
    this.text = text;
  }

  private static Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    names.put("boolean", "b");
    names.put("byte", "y");
    names.put("int16", "n");
    names.put("uint16", "q");
    names.put("int32", INT32);
    names.put("uint32", "u");
    names.put("int64", "x");
    names.put("uint64", "t");
    names.put("double", "d");
    names.put("string", "s");
    names.put("objectpath", "o");
    names.put("signature", "g");
    return Map.copyOf(names);
  }

  /**
   * Reads one value.
   *
   * @throws IllegalArgumentException saying what is wrong with the text, and where
   */
  public static Variant parse(String text) {
    VariantText reader = new VariantText(Objects.requireNonNull(text, "text"));
    Variant value = reader.value(null);
    reader.skipSpace();
    if (reader.at < text.length()) {
      throw reader.wrong("an end");
    }
    return value;
  }

  /** A value of the type that was said for it, or of the one that its form has. */
  private Variant value(@Nullable String type) {
    skipSpace();
    char first = peek();
    if (first == '@') {
      return value(type());
    }
    if (first == '\'' || first == '"') {
      return new Variant(oneOf(type, "s", "s", "o", "g"), string());
    }
    if (first == '[') {
      return array(type);
    }
    if (first == '(') {
      return tuple(type);
    }
    if (first == '<') {
      at++;
      Variant inner = value(null);
      expect('>');
      return new Variant(oneOf(type, "v", "v"), inner);
    }
    int start = at;
    String word = word();
    String named = NAMES.get(word);
    if (named != null) {
      return value(named);
    }
    if (word.equals("true") || word.equals("false")) {
      return new Variant(oneOf(type, "b", "b"), word.equals("true"));
    }
    return number(word, type, start);
  }

  private Variant number(String word, @Nullable String type, int start) {
    String known =
        type != null ? type : word.matches("[-+]?[0-9.]*([.][0-9]|[eE])[-+0-9.]*") ? "d" : INT32;
    try {
      return new Variant(known, known.equals("d") ? Double.valueOf(word) : integer(word, known));
    } catch (NumberFormatException e) {
      at = start;
      throw wrong(type == null ? "a value" : "a value of the type '" + type + "'");
    }
  }

  private static Object integer(String word, String type) {
    boolean hexadecimal = word.startsWith("0x");
    String digits = hexadecimal ? word.substring(2) : word;
    int radix = hexadecimal ? 16 : 10;
    return switch (type) {
      case "t" -> Long.parseUnsignedLong(digits, radix);
      case "x" -> Long.parseLong(digits, radix);
      case "u" -> Integer.parseUnsignedInt(digits, radix);
      case INT32 -> Integer.parseInt(digits, radix);
      case "n" -> Short.parseShort(digits, radix);
      case "q" -> (short) within(Integer.parseInt(digits, radix), 0xffff);
      case "y" -> (byte) within(Integer.parseInt(digits, radix), 0xff);
      default -> throw new NumberFormatException(type);
    };
  }

  private static int within(int value, int max) {
    if (value < 0 || value > max) {
      throw new NumberFormatException("out of range");
    }
    return value;
  }

  private Variant array(@Nullable String type) {
    int start = at;
    at++;
    String element = type == null ? null : type.startsWith("a") ? type.substring(1) : "";
    List<Object> values = new ArrayList<>();
    while (!closes(']')) {
      Variant next = value(element);
      if (element != null && !element.equals(next.signature())) {
        throw wrong("an element of the type '" + element + "'");
      }
      element = next.signature();
      values.add(next.value());
    }
    if (element == null || element.isEmpty()) {
      at = start;
      throw wrong("a type for the array, such as @as");
    }
    return new Variant("a" + element, element.equals("y") ? bytes(values) : values);
  }

  private static byte[] bytes(List<Object> values) {
    byte[] bytes = new byte[values.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values.get(i);
    }
    return bytes;
  }

  private Variant tuple(@Nullable String type) {
    List<String> types = type == null ? List.of() : Signature.fields(type);
    at++;
    StringBuilder signature = new StringBuilder("(");
    List<Object> values = new ArrayList<>();
    while (!closes(')')) {
      Variant next = value(values.size() < types.size() ? types.get(values.size()) : null);
      signature.append(next.signature());
      values.add(next.value());
    }
    return new Variant(oneOf(type, signature.append(')').toString(), signature.toString()), values);
  }

  /** Whether the list ends here; else the comma before its next element is taken. */
  private boolean closes(char bracket) {
    skipSpace();
    if (peek() == ',') {
      at++;
      skipSpace();
    }
    if (peek() != bracket) {
      return false;
    }
    at++;
    return true;
  }

  private String string() {
    char quote = peek();
    StringBuilder string = new StringBuilder();
    for (at++; peek() != quote; at++) {
      if (peek() == '\\') {
        at++;
      }
      string.append(peek());
    }
    at++;
    return string.toString();
  }

  /** One complete type, up to a space. */
  private String type() {
    int start = ++at;
    while (at < text.length() && text.charAt(at) != ' ') {
      at++;
    }
    String type = text.substring(start, at);
    if (Signature.types(type).size() != 1) {
      throw wrong("one type");
    }
    return type;
  }

  private String word() {
    int start = at;
    while (at < text.length() && " ,<>[]()'\"".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    if (at == start) {
      throw wrong("a value");
    }
    return text.substring(start, at);
  }

  private String oneOf(@Nullable String type, String otherwise, String... possible) {
    if (type == null) {
      return otherwise;
    }
    if (!List.of(possible).contains(type)) {
      throw wrong("a value of the type '" + type + "'");
    }
    return type;
  }

  private void expect(char wanted) {
    skipSpace();
    if (peek() != wanted) {
      throw wrong("'" + wanted + "'");
    }
    at++;
  }

  private char peek() {
    if (at >= text.length()) {
      throw wrong("more");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException(
        "'" + text + "', at character " + at + ": expected " + expected);
  }
}
