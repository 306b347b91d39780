package dev.carafe.agent.image.spec;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reading JSON that others wrote: missing and null are the same, a wrong type is an error. */
public final class Json {
  /** The one mapper, for the store's own records too. Thread-safe, never reconfigured. */
  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  static {
    MAPPER
        .getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build());
  }

  private Json() {}

  /** Parses an object; {@code what} names it in errors. */
  public static JsonNode parseObject(byte[] bytes, String what) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw new ImageException.InvalidImage(what + " is not a JSON object", null);
      }
      return node;
    } catch (JacksonException e) {
      // One line, without the place in Jackson's words.
      throw new ImageException.InvalidImage(what + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw ImageException.from("reading " + what, e);
    }
  }

  /** A string member, or null. */
  public static @Nullable String string(JsonNode object, String key, String what) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new ImageException.InvalidImage(what + ": " + key + " is not a string", null);
    }
    return value.textValue();
  }

  /** A digest inside a document; a malformed one is the document's fault, not the caller's. */
  static Digest digest(String text, String what) {
    try {
      return Digest.parse(text);
    } catch (ImageException.InvalidReference e) {
      throw new ImageException.InvalidImage(what + ": " + e.getMessage(), e);
    }
  }

  /** A string member, empty where missing. */
  public static String stringOrEmpty(JsonNode object, String key, String what) {
    String value = string(object, key, what);
    return value == null ? "" : value;
  }

  /** A list of strings, empty where missing. */
  public static List<String> strings(JsonNode object, String key, String what) {
    List<String> result = new ArrayList<>();
    for (JsonNode item : items(object, key, what)) {
      if (!item.isTextual()) {
        throw new ImageException.InvalidImage(what + ": " + key + " holds no strings only", null);
      }
      result.add(item.textValue());
    }
    return List.copyOf(result);
  }

  /** The elements of an array member, none where missing. */
  public static List<JsonNode> items(JsonNode object, String key, String what) {
    JsonNode value = object.get(key);
    if (value == null || value.isNull()) {
      return List.of();
    }
    if (!value.isArray()) {
      throw new ImageException.InvalidImage(what + ": " + key + " is not an array", null);
    }
    List<JsonNode> result = new ArrayList<>();
    value.forEach(result::add);
    return List.copyOf(result);
  }

  /** A map of strings, empty where missing; values that are no strings are left out. */
  public static Map<String, String> stringMap(JsonNode object, String key) {
    Map<String, String> result = new LinkedHashMap<>();
    JsonNode value = object.get(key);
    if (value != null && value.isObject()) {
      for (Map.Entry<String, JsonNode> member : value.properties()) {
        if (member.getValue().isTextual()) {
          result.put(member.getKey(), member.getValue().textValue());
        }
      }
    }
    return Map.copyOf(result);
  }

  /** The member names of an object, none where missing. */
  public static List<String> keys(JsonNode object, String key) {
    List<String> result = new ArrayList<>();
    JsonNode value = object.get(key);
    if (value != null && value.isObject()) {
      value.properties().forEach(member -> result.add(member.getKey()));
    }
    return List.copyOf(result);
  }
}
