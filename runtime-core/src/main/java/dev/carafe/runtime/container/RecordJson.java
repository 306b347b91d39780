package dev.carafe.runtime.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.SystemdBus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as state.json: runc's keys, and under {@code carafe} what it has none for. */
final class RecordJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final List<String> NAMESPACES =
      List.of("pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time");

  private RecordJson() {}

  static byte[] write(ContainerRecord record, CgroupLayout layout) throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("id", record.id());
    root.put("init_process_pid", record.pid());
    root.put("init_process_start", record.startTime());
    root.put("created", record.created().toString());
    root.set("config", config(record));
    root.put("rootless", false);
    root.set("cgroup_paths", cgroupPaths(record, layout));
    root.set("namespace_paths", namespaces(record));
    for (int i = 0; i < 3; i++) {
      root.withArray("external_descriptors").add("/dev/null");
    }
    root.put("intel_rdt_path", "");
    root.put("intel_rdt_mon_path", "");
    ObjectNode own = root.putObject("carafe");
    own.put("bundle", record.bundle());
    own.put("cgroup", record.cgroup());
    own.put("cgroup_owned", record.cgroupOwned());
    SystemdBus bus = record.bus();
    if (bus != null) {
      own.put("systemd_bus", bus.socket().toString());
      own.put("systemd_of_user", bus.users());
    }
    own.put("own_pids", record.ownPids());
    ObjectNode annotations = own.putObject("annotations");
    record.annotations().forEach(annotations::put);
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode config(ContainerRecord record) {
    ObjectNode config = MAPPER.createObjectNode();
    config.put("rootfs", record.rootfs());
    config.putObject("cgroups").put("path", record.cgroup()).put("systemd", record.bus() != null);
    config.withArray("labels").add("bundle=" + record.bundle());
    record.annotations().forEach((key, value) -> config.withArray("labels").add(key + "=" + value));
    return config;
  }

  private static ObjectNode cgroupPaths(ContainerRecord record, CgroupLayout layout) {
    ObjectNode paths = MAPPER.createObjectNode();
    if (record.cgroup().isEmpty()) {
      return paths;
    }
    String below = record.cgroup().substring(1);
    layout.mounts().forEach((name, path) -> paths.put(name, path.resolve(below).toString()));
    Path unified = layout.unifiedMount();
    if (unified != null) {
      paths.put("", unified.resolve(below).toString());
    }
    return paths;
  }

  private static ObjectNode namespaces(ContainerRecord record) {
    ObjectNode paths = MAPPER.createObjectNode();
    if (record.pid() > 0) {
      for (String name : NAMESPACES) {
        String key = name.equals("mnt") ? "NEWNS" : "NEW" + name.toUpperCase(Locale.ROOT);
        paths.put(key, "/proc/" + record.pid() + "/ns/" + name);
      }
    }
    return paths;
  }

  static ContainerRecord read(byte[] json) throws IOException {
    JsonNode root = MAPPER.readTree(json);
    JsonNode own = root.path("carafe");
    try {
      Map<String, String> annotations = new LinkedHashMap<>();
      own.path("annotations")
          .properties()
          .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asText()));
      return new ContainerRecord(
          root.path("id").asText(),
          root.path("init_process_pid").asInt(),
          root.path("init_process_start").asLong(),
          Instant.parse(root.path("created").asText()),
          own.path("bundle").asText(),
          root.path("config").path("rootfs").asText(),
          own.path("cgroup").asText(),
          own.path("cgroup_owned").asBoolean(),
          bus(own),
          own.path("own_pids").asBoolean(),
          annotations);
    } catch (DateTimeParseException e) {
      throw new IOException("not a container's record: " + e.getMessage(), e);
    }
  }

  private static @Nullable SystemdBus bus(JsonNode own) {
    return own.has("systemd_bus")
        ? new SystemdBus(
            Path.of(own.path("systemd_bus").asText()), own.path("systemd_of_user").asBoolean())
        : null;
  }
}
