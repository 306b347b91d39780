package dev.carafe.runtime.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecReader;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** runc's default configuration, without a terminal, changed as a test needs it. */
final class Config {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ObjectNode root;

  Config() throws Exception {
    try (InputStream in = Config.class.getResourceAsStream("/plan/default.json")) {
      root = (ObjectNode) MAPPER.readTree(Objects.requireNonNull(in));
    }
    set("/process", "terminal", "false");
    set("/root", "readonly", "false");
  }

  /** Sets a member of the object at a JSON pointer to a JSON value. */
  Config set(String pointer, String member, String json) throws Exception {
    JsonNode object = root.at(pointer);
    ((ObjectNode) object).set(member, MAPPER.readTree(json));
    return this;
  }

  Config remove(String pointer, String member) {
    ((ObjectNode) root.at(pointer)).remove(member);
    return this;
  }

  /** Appends a JSON value to the array at a JSON pointer. */
  Config append(String pointer, String json) throws Exception {
    ((com.fasterxml.jackson.databind.node.ArrayNode) root.at(pointer)).add(MAPPER.readTree(json));
    return this;
  }

  Config script(String script) throws Exception {
    return set("/process", "args", MAPPER.writeValueAsString(new String[] {"sh", "-c", script}));
  }

  Spec spec() throws Exception {
    return SpecReader.parse(MAPPER.writeValueAsBytes(root));
  }

  Plan compile(Path directory) throws Exception {
    return PlanCompiler.compile(
        spec(), context(new Rootfs.Directory(directory.resolve("rootfs").toString())));
  }

  static LaunchContext context(Rootfs rootfs) throws Exception {
    return new LaunchContext(
        "carafe-plan-it",
        "/nowhere",
        rootfs,
        Placement.INHERITED,
        java.util.List.of(),
        null,
        ownCapabilities(),
        true,
        false);
  }

  /** The bounding set of this process. */
  static long ownCapabilities() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapBnd:")) {
        return Long.parseUnsignedLong(line.substring(7).strip(), 16);
      }
    }
    throw new IllegalStateException(
        "no CapBnd in /proc/self/status, expected " + Capability.values().length + " bits");
  }
}
