package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * Terminal sizes from a resize channel: a sequence of flat JSON objects {@code {"Width":80,
 * "Height":24}}, cut anywhere. One thread.
 */
final class SizeParser {
  /** Characters an object may have. */
  private static final int LIMIT = 4096;

  private static final int MAX = 0xffff;

  private final ObjectMapper json = new ObjectMapper();
  private final StringBuilder text = new StringBuilder();

  /** The sizes that these bytes complete; wrong objects and sizes of 0 are left out. */
  List<Inbox.Input.Size> parse(byte[] bytes) {
    List<Inbox.Input.Size> sizes = new ArrayList<>();
    for (char c : new String(bytes, UTF_8).toCharArray()) {
      text.append(c);
      if (c == '}') {
        add(sizes, text.toString());
        text.setLength(0);
      } else if (text.length() > LIMIT) {
        text.setLength(0);
      }
    }
    return sizes;
  }

  private void add(List<Inbox.Input.Size> sizes, String object) {
    JsonNode size;
    try {
      size = json.readTree(object);
    } catch (JsonProcessingException malformed) {
      return;
    }
    int cols = size.path("Width").asInt();
    int rows = size.path("Height").asInt();
    if (cols > 0 && cols <= MAX && rows > 0 && rows <= MAX) {
      sizes.add(new Inbox.Input.Size(rows, cols));
    }
  }
}
