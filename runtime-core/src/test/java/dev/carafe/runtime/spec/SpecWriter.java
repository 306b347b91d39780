package dev.carafe.runtime.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Writes configurations as JSON, absent fields left out. Thread-safe. */
final class SpecWriter {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private SpecWriter() {}

  /** JSON of a configuration or of a part of it. */
  static byte[] write(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + value.getClass() + " as JSON", e);
    }
  }
}
