package dev.carafe.runtime.spec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads and writes configurations as JSON. Unknown fields are ignored, as the specification asks.
 * Thread-safe.
 */
public final class SpecReader {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private SpecReader() {}

  /** Reads a configuration file. */
  public static Spec read(Path file) throws IOException, SpecException {
    return parse(Files.readAllBytes(file));
  }

  /** Reads a configuration. */
  public static Spec parse(byte[] json) throws SpecException {
    return parse(json, Spec.class);
  }

  /**
   * Reads a part of a configuration, as the process of `exec --process` or the resources of
   * `update`.
   */
  public static <T> T parse(byte[] json, Class<T> type) throws SpecException {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new SpecException("", "expected a JSON object, found null");
      }
      return value;
    } catch (JsonMappingException e) {
      throw new SpecException(path(e), reason(e), e);
    } catch (JacksonException e) {
      throw new SpecException("", "not JSON: " + reason(e), e);
    } catch (IOException e) {
      throw new SpecException("", "cannot read: " + e.getMessage(), e);
    }
  }

  /** JSON of a configuration or of a part of it, absent fields left out. */
  public static byte[] write(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + value.getClass() + " as JSON", e);
    }
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static String reason(JacksonException e) {
    String where =
        e.getLocation() == null
            ? ""
            : " (line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr()
                + ")";
    return e.getOriginalMessage() + where;
  }
}
