package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One plugin of a network.
 *
 * @param type the program's name
 * @param capabilities which runtime settings it takes
 * @param config its configuration as written; not to be changed
 */
record CniPlugin(String type, Set<String> capabilities, ObjectNode config) {
  CniPlugin {
    requireNonNull(type, "type");
    capabilities = Set.copyOf(capabilities);
    requireNonNull(config, "config");
  }

  static CniPlugin parse(JsonPlace place) throws JsonPlace.MalformedException {
    ObjectNode config = place.object();
    JsonPlace type = place.child("type");
    if (type.text().isEmpty() || type.text().contains("/")) {
      throw type.wrong("a program's name without a slash");
    }
    JsonPlace capabilities = place.child("capabilities");
    Set<String> names = new TreeSet<>();
    if (!capabilities.isAbsent()) {
      for (Map.Entry<String, JsonNode> entry : capabilities.object().properties()) {
        if (capabilities.child(entry.getKey()).flag()) {
          names.add(entry.getKey());
        }
      }
    }
    return new CniPlugin(type.text(), names, config);
  }
}
