package dev.carafe.runtime.container;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.SystemdBus;
import dev.carafe.runtime.spec.SpecException;
import dev.carafe.runtime.spec.SpecReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Records as state.json: runc's keys, for those who read its file, and under {@code carafe} the
 * record itself. No tree is made and no mapper needed, which would be a tenth of a command's start.
 */
final class RecordJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final List<String> NAMESPACES =
      List.of("pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time");

  private RecordJson() {}

  /** The file. */
  record StateFile(Saved carafe) {
    StateFile {
      Objects.requireNonNull(carafe, "carafe");
    }
  }

  /** A {@link ContainerRecord} in types that JSON has. */
  record Saved(
      String id,
      int pid,
      long startTime,
      String created,
      String bundle,
      String rootfs,
      String cgroup,
      boolean cgroupOwned,
      @Nullable String systemdBus,
      boolean systemdOfUser,
      boolean ownPids,
      Map<String, String> annotations) {
    ContainerRecord record() {
      SystemdBus bus =
          systemdBus == null ? null : new SystemdBus(Path.of(systemdBus), systemdOfUser);
      return new ContainerRecord(
          id,
          pid,
          startTime,
          Instant.parse(created),
          bundle,
          rootfs,
          cgroup,
          cgroupOwned,
          bus,
          ownPids,
          annotations);
    }
  }

  static ContainerRecord read(byte[] json) throws IOException {
    try {
      return SpecReader.parse(json, StateFile.class).carafe().record();
    } catch (SpecException | DateTimeParseException | NullPointerException e) {
      throw new IOException("not a container's record: " + e.getMessage(), e);
    }
  }

  static byte[] write(ContainerRecord record, CgroupLayout layout) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(file)) {
      json.writeStartObject();
      json.writeStringField("id", record.id());
      json.writeNumberField("init_process_pid", record.pid());
      json.writeNumberField("init_process_start", record.startTime());
      json.writeStringField("created", record.created().toString());
      config(json, record);
      json.writeBooleanField("rootless", false);
      strings(json, "cgroup_paths", cgroupPaths(record, layout));
      strings(json, "namespace_paths", namespacePaths(record));
      array(json, "external_descriptors", List.of("/dev/null", "/dev/null", "/dev/null"));
      json.writeStringField("intel_rdt_path", "");
      json.writeStringField("intel_rdt_mon_path", "");
      own(json, record);
      json.writeEndObject();
    }
    return file.toByteArray();
  }

  private static void config(JsonGenerator json, ContainerRecord record) throws IOException {
    json.writeObjectFieldStart("config");
    json.writeStringField("rootfs", record.rootfs());
    json.writeObjectFieldStart("cgroups");
    json.writeStringField("path", record.cgroup());
    json.writeBooleanField("systemd", record.bus() != null);
    json.writeEndObject();
    json.writeArrayFieldStart("labels");
    json.writeString("bundle=" + record.bundle());
    for (Map.Entry<String, String> annotation : record.annotations().entrySet()) {
      json.writeString(annotation.getKey() + "=" + annotation.getValue());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void own(JsonGenerator json, ContainerRecord record) throws IOException {
    json.writeObjectFieldStart("carafe");
    json.writeStringField("id", record.id());
    json.writeNumberField("pid", record.pid());
    json.writeNumberField("startTime", record.startTime());
    json.writeStringField("created", record.created().toString());
    json.writeStringField("bundle", record.bundle());
    json.writeStringField("rootfs", record.rootfs());
    json.writeStringField("cgroup", record.cgroup());
    json.writeBooleanField("cgroupOwned", record.cgroupOwned());
    SystemdBus bus = record.bus();
    if (bus != null) {
      json.writeStringField("systemdBus", bus.socket().toString());
      json.writeBooleanField("systemdOfUser", bus.users());
    }
    json.writeBooleanField("ownPids", record.ownPids());
    strings(json, "annotations", record.annotations());
    json.writeEndObject();
  }

  private static void strings(JsonGenerator json, String name, Map<String, String> values)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, String> value : values.entrySet()) {
      json.writeStringField(value.getKey(), value.getValue());
    }
    json.writeEndObject();
  }

  private static void array(JsonGenerator json, String name, List<String> values)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private static Map<String, String> cgroupPaths(ContainerRecord record, CgroupLayout layout) {
    Map<String, String> paths = new LinkedHashMap<>();
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

  private static Map<String, String> namespacePaths(ContainerRecord record) {
    Map<String, String> paths = new LinkedHashMap<>();
    if (record.pid() > 0) {
      for (String name : NAMESPACES) {
        String key = name.equals("mnt") ? "NEWNS" : "NEW" + name.toUpperCase(Locale.ROOT);
        paths.put(key, "/proc/" + record.pid() + "/ns/" + name);
      }
    }
    return paths;
  }
}
