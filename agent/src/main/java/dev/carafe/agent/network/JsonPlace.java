package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A value in somebody else's JSON and where it stands, so that what is wrong with it can be said.
 *
 * @param path a JSON pointer (RFC 6901), empty for the whole document
 */
record JsonPlace(String path, JsonNode node) {
  private static final int MAX_QUOTED = 80;

  /** Immutable. */
  private static final ObjectReader STRICT =
      new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  JsonPlace {
    requireNonNull(path, "path");
    requireNonNull(node, "node");
  }

  /** The document is not what it has to be; the message names the place. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /**
   * Reads one document and nothing after it.
   *
   * @throws JacksonException it is not JSON
   */
  static JsonPlace parse(String text) throws JacksonException {
    return root(STRICT.readTree(text));
  }

  static JsonPlace root(JsonNode node) {
    return new JsonPlace("", node);
  }

  JsonPlace child(String name) {
    return new JsonPlace(path + "/" + name, node.path(name));
  }

  boolean isAbsent() {
    return node.isMissingNode() || node.isNull();
  }

  ObjectNode object() throws MalformedException {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw wrong("a JSON object");
  }

  String text() throws MalformedException {
    if (node.isTextual()) {
      return node.textValue();
    }
    throw wrong("a string");
  }

  String textOr(String absent) throws MalformedException {
    return isAbsent() ? absent : text();
  }

  /** A boolean; also the strings "true" and "false", which libcni takes. */
  boolean flag() throws MalformedException {
    if (isAbsent()) {
      return false;
    }
    if (node.isBoolean() || "true".equals(node.textValue()) || "false".equals(node.textValue())) {
      return node.asBoolean();
    }
    throw wrong("true or false");
  }

  /** A list's items; none when the list is absent. */
  List<JsonPlace> items() throws MalformedException {
    if (isAbsent()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw wrong("a list");
    }
    List<JsonPlace> items = new ArrayList<>();
    for (JsonNode item : node) {
      items.add(new JsonPlace(path + "/" + items.size(), item));
    }
    return items;
  }

  List<String> texts() throws MalformedException {
    List<String> texts = new ArrayList<>();
    for (JsonPlace item : items()) {
      texts.add(item.text());
    }
    return texts;
  }

  MalformedException wrong(String expected) {
    String found = node.isMissingNode() ? "nothing" : node.toString();
    String quoted = found.length() > MAX_QUOTED ? found.substring(0, MAX_QUOTED) + "..." : found;
    String place = path.isEmpty() ? "the document" : path;
    return new MalformedException("%s: expected %s, found %s".formatted(place, expected, quoted));
  }
}
