package dev.carafe.runtime.dbus;

import java.util.ArrayList;
import java.util.List;

/** D-Bus type strings: cutting them into complete types, and their alignment. */
final class Signature {
  private Signature() {}

  /** The complete types of which a signature is made. */
  static List<String> types(String signature) {
    List<String> types = new ArrayList<>();
    for (int at = 0; at < signature.length(); ) {
      int end = end(signature, at);
      types.add(signature.substring(at, end));
      at = end;
    }
    return types;
  }

  /** The types between the brackets of a struct or a dictionary's entry. */
  static List<String> fields(String struct) {
    return types(struct.substring(1, struct.length() - 1));
  }

  /** Where the complete type that starts at an index ends. */
  private static int end(String signature, int start) {
    if (start >= signature.length()) {
      throw new IllegalArgumentException("the D-Bus signature '" + signature + "' is not complete");
    }
    char first = signature.charAt(start);
    if (first == 'a') {
      return end(signature, start + 1);
    }
    if (first != '(' && first != '{') {
      return start + 1;
    }
    char close = first == '(' ? ')' : '}';
    int at = start + 1;
    while (at < signature.length() && signature.charAt(at) != close) {
      at = end(signature, at);
    }
    if (at == start + 1) {
      throw new IllegalArgumentException(
          "the D-Bus signature '" + signature + "' has an empty struct");
    }
    if (at >= signature.length()) {
      throw new IllegalArgumentException("the D-Bus signature '" + signature + "' is not closed");
    }
    return at + 1;
  }

  /** The alignment of a type in bytes. */
  static int alignment(String type) {
    return switch (type.charAt(0)) {
      case 'y', 'g', 'v' -> 1;
      case 'n', 'q' -> 2;
      case 'b', 'i', 'u', 's', 'o', 'a', 'h' -> 4;
      case 'x', 't', 'd', '(', '{' -> 8;
      default -> throw new IllegalArgumentException("there is no D-Bus type '" + type + "'");
    };
  }
}
