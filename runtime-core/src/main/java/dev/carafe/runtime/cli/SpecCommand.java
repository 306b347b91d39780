package dev.carafe.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.runtime.cgroup.CgroupLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** {@code spec}: a config.json to begin with. */
final class SpecCommand {
  private SpecCommand() {}

  static int run(Session session, Arguments arguments) throws Exception {
    Path file = session.caller().resolve(arguments.value("bundle", "")).resolve("config.json");
    ObjectNode config = template();
    if (arguments.flag("rootless")) {
      forOrdinaryUser(config);
    }
    if (session.store().layout() instanceof CgroupLayout.Unified) {
      ((ArrayNode) config.path("linux").path("namespaces")).addObject().put("type", "cgroup");
    }
    try {
      Files.writeString(
          file,
          Json.indented(config, "\t") + "\n",
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new Failure("File config.json exists. Remove it first");
    }
    return 0;
  }

  private static ObjectNode template() throws IOException {
    try (InputStream in = SpecCommand.class.getResourceAsStream("template.json")) {
      return (ObjectNode) Json.mapper().readTree(Objects.requireNonNull(in, "template.json"));
    }
  }

  /**
   * A user namespace with one id, the host's network and with it the host's /sys, no limits, and no
   * group that is not mapped.
   */
  private static void forOrdinaryUser(ObjectNode config) throws IOException {
    ObjectNode linux = (ObjectNode) config.path("linux");
    linux.remove("resources");
    ArrayNode namespaces = linux.putArray("namespaces");
    for (String type : new String[] {"pid", "ipc", "uts", "mount", "user"}) {
      namespaces.addObject().put("type", type);
    }
    Path self = Path.of("/proc/self");
    identity(linux.putArray("uidMappings"), (int) Files.getAttribute(self, "unix:uid"));
    identity(linux.putArray("gidMappings"), (int) Files.getAttribute(self, "unix:gid"));
    config
        .withArray("mounts")
        .forEach(mount -> {
          if (mount.path("destination").asText().equals("/sys")) {
            bind((ObjectNode) mount, "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
          } else {
            withoutGroup(((ObjectNode) mount).withArray("options"));
          }
        });
  }

  private static void bind(ObjectNode mount, String source, String... options) {
    mount.put("type", "none").put("source", source);
    ArrayNode list = mount.putArray("options");
    for (String option : options) {
      list.add(option);
    }
  }

  private static void withoutGroup(ArrayNode options) {
    for (int i = options.size() - 1; i >= 0; i--) {
      if (options.get(i).asText().startsWith("gid=")) {
        options.remove(i);
      }
    }
  }

  private static void identity(ArrayNode mappings, int hostId) {
    mappings.addObject().put("containerID", 0).put("hostID", hostId).put("size", 1);
  }
}
