package dev.carafe.runtime.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What every record of this package does with an absent value. */
final class Values {
  private Values() {}

  static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : List.copyOf(values);
  }

  /** Copies in the order given, so that what is compiled from a map is the same each time. */
  static <V> Map<String, V> map(@Nullable Map<String, V> values) {
    return values == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  static @Nullable String text(@Nullable String value) {
    return value == null || value.isEmpty() ? null : value;
  }
}
