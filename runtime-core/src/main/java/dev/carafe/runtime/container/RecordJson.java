package dev.carafe.runtime.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** Records as state.json: runc's keys, and under {@code carafe} what it has none for. */
final class RecordJson {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Map<Namespace.Type, String> PROC_NAMES =
      Map.of(
          Namespace.Type.PID, "pid",
          Namespace.Type.NETWORK, "net",
          Namespace.Type.MOUNT, "mnt",
          Namespace.Type.IPC, "ipc",
          Namespace.Type.UTS, "uts",
          Namespace.Type.USER, "user",
          Namespace.Type.CGROUP, "cgroup",
          Namespace.Type.TIME, "time");

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
    own.set("spec", MAPPER.readTree(SpecReader.write(record.spec())));
    return root.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectNode config(ContainerRecord record) {
    ObjectNode config = MAPPER.createObjectNode();
    config.put("rootfs", record.rootfs());
    config.putObject("cgroups").put("path", record.cgroup());
    config.withArray("labels").add("bundle=" + record.bundle());
    record
        .spec()
        .annotations()
        .forEach((key, value) -> config.withArray("labels").add(key + "=" + value));
    return config;
  }

  private static ObjectNode cgroupPaths(ContainerRecord record, CgroupLayout layout) {
    ObjectNode paths = MAPPER.createObjectNode();
    String below = record.cgroup().substring(1);
    switch (layout) {
      case CgroupLayout.Unified(Path root) -> paths.put("", root.resolve(below).toString());
      case CgroupLayout.Legacy legacy ->
          legacy
              .controllers()
              .forEach((name, path) -> paths.put(name, path.resolve(below).toString()));
      case CgroupLayout.Hybrid(CgroupLayout.Legacy legacy, Path unified) -> {
        legacy
            .controllers()
            .forEach((name, path) -> paths.put(name, path.resolve(below).toString()));
        paths.put("", unified.resolve(below).toString());
      }
    }
    return paths;
  }

  private static ObjectNode namespaces(ContainerRecord record) {
    ObjectNode paths = MAPPER.createObjectNode();
    Linux linux = record.spec().linux();
    if (linux != null && record.pid() > 0) {
      for (Namespace namespace : linux.namespaces()) {
        String name = PROC_NAMES.get(namespace.type());
        paths.put(
            "NEW" + String.valueOf(name).toUpperCase(java.util.Locale.ROOT),
            "/proc/" + record.pid() + "/ns/" + name);
      }
    }
    return paths;
  }

  static ContainerRecord read(byte[] json) throws IOException {
    JsonNode root = MAPPER.readTree(json);
    JsonNode own = root.path("carafe");
    try {
      Spec spec = SpecReader.parse(own.path("spec").toString().getBytes(StandardCharsets.UTF_8));
      return new ContainerRecord(
          root.path("id").asText(),
          root.path("init_process_pid").asInt(),
          root.path("init_process_start").asLong(),
          Instant.parse(root.path("created").asText()),
          own.path("bundle").asText(),
          root.path("config").path("rootfs").asText(),
          own.path("cgroup").asText(),
          own.path("cgroup_owned").asBoolean(),
          spec);
    } catch (SpecException | java.time.format.DateTimeParseException e) {
      throw new IOException("not a container's record: " + e.getMessage(), e);
    }
  }
}
