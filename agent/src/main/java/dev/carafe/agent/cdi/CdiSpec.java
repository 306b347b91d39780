package dev.carafe.agent.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of the Container Device Interface (cncf-tags/container-device-interface, SPEC.md 1.1), as
 * written. Absent lists are empty.
 *
 * @param cdiVersion of the specification that it follows
 * @param kind VENDOR/CLASS of all its devices
 * @param annotations free text
 * @param devices what it describes
 * @param containerEdits what a container gets that gets any of them
 */
record CdiSpec(
    String cdiVersion,
    String kind,
    Map<String, String> annotations,
    List<Named> devices,
    @Nullable Edits containerEdits) {
  CdiSpec {
    cdiVersion = cdiVersion == null ? "" : cdiVersion;
    kind = kind == null ? "" : kind;
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    devices = list(devices);
  }

  /** A device by its name within the kind. */
  record Named(String name, Map<String, String> annotations, @Nullable Edits containerEdits) {
    Named {
      name = name == null ? "" : name;
      annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    }
  }

  /**
   * Changes to a container.
   *
   * @param env NAME=VALUE
   * @param hooks programs to run; not supported
   * @param netDevices network devices to move; not supported
   * @param intelRdt a class of service; not supported
   * @param additionalGids groups of the first process; 0 is none
   */
  record Edits(
      List<String> env,
      List<Node> deviceNodes,
      List<Bind> mounts,
      List<JsonNode> hooks,
      List<JsonNode> netDevices,
      @Nullable JsonNode intelRdt,
      List<Long> additionalGids) {
    Edits {
      env = list(env);
      deviceNodes = list(deviceNodes);
      mounts = list(mounts);
      hooks = list(hooks);
      netDevices = list(netDevices);
      additionalGids = list(additionalGids);
    }
  }

  /**
   * A device node.
   *
   * @param path inside the container
   * @param hostPath on the host; absent is {@code path}
   * @param type b, c, u or p; absent is the host's
   * @param permissions letters of r, w, m; absent is all
   */
  record Node(
      String path,
      @Nullable String hostPath,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable Integer fileMode,
      @Nullable String permissions,
      @Nullable Long uid,
      @Nullable Long gid) {
    Node {
      path = path == null ? "" : path;
    }
  }

  /** A mount; without a type it is a bind mount. */
  record Bind(String hostPath, String containerPath, List<String> options, @Nullable String type) {
    Bind {
      hostPath = hostPath == null ? "" : hostPath;
      containerPath = containerPath == null ? "" : containerPath;
      options = list(options);
    }
  }

  private static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
