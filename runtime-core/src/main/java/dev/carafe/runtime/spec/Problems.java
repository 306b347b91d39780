package dev.carafe.runtime.spec;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration. */
final class Problems {
  private final List<SpecException> found = new ArrayList<>();

  /** Reports unless the condition holds. */
  void require(boolean condition, String field, String message) {
    if (!condition) {
      found.add(new SpecException(field, message));
    }
  }

  void add(SpecException problem) {
    found.add(problem);
  }

  /** Numbers, both ends allowed. */
  void range(long value, long min, long max, String field) {
    require(value >= min && value <= max, field, value + ": expected " + min + " to " + max);
  }

  /** Text that the kernel can take: no NUL. */
  void text(String value, String field) {
    require(value.indexOf('\0') < 0, field, "has a NUL byte: expected none");
  }

  void texts(List<String> values, String field) {
    for (int i = 0; i < values.size(); i++) {
      text(values.get(i), field + "[" + i + "]");
    }
  }

  void absolute(String path, String field) {
    require(path.startsWith("/"), field, "'" + path + "': expected an absolute path");
    text(path, field);
  }

  List<SpecException> found() {
    return List.copyOf(found);
  }
}
