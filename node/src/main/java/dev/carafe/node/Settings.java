package dev.carafe.node;

import static java.util.Objects.requireNonNull;

import dev.carafe.node.host.HostSettings;
import dev.carafe.node.host.Mode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the chart sets, by environment variables.
 *
 * @param node the node's name, NODE_NAME
 * @param namespace the pod's own, POD_NAMESPACE
 * @param podUid the pod's own, POD_UID; empty outside of a pod
 * @param configMap with the key rdt.yaml, CARAFE_RDT_CONFIGMAP
 * @param socket carafed's, as this process sees it
 * @param resctrl the host's resctrl, as this process sees it
 * @param drain whether pods are moved before the kubelet is, CARAFE_DRAIN
 * @param offerClosids whether the node offers CLOSIDs as an extended resource, CARAFE_OFFER_CLOSIDS
 */
record Settings(
    String node,
    String namespace,
    String podUid,
    String configMap,
    HostSettings host,
    Path socket,
    Path resctrl,
    boolean drain,
    boolean offerClosids) {
  Settings {
    requireNonNull(node, "node is null");
    requireNonNull(namespace, "namespace is null");
    requireNonNull(podUid, "podUid is null");
    requireNonNull(configMap, "configMap is null");
    requireNonNull(host, "host is null");
    requireNonNull(socket, "socket is null");
    requireNonNull(resctrl, "resctrl is null");
  }

  /**
   * Reads the environment.
   *
   * @throws IllegalArgumentException names the variable and what was expected of it
   */
  static Settings of(Map<String, String> environment) {
    Path root = Path.of(environment.getOrDefault("CARAFE_HOST_ROOT", "/host"));
    List<String> command =
        root.equals(Path.of("/")) ? List.of() : List.of("chroot", root.toString());
    HostSettings host =
        new HostSettings(
            root,
            command,
            Path.of(environment.getOrDefault("CARAFE_TREE", "/opt/carafe/tree")),
            Path.of(environment.getOrDefault("CARAFE_DROP_IN", "/etc/carafe-node/carafe.toml")),
            mode(environment.getOrDefault("CARAFE_MODE", "beside")),
            environment.getOrDefault("CARAFE_RETRY", ""),
            Duration.ofSeconds(
                seconds(environment.getOrDefault("CARAFE_PATIENCE_SECONDS", "300"))));
    return new Settings(
        needed(environment, "NODE_NAME"),
        needed(environment, "POD_NAMESPACE"),
        environment.getOrDefault("POD_UID", ""),
        environment.getOrDefault("CARAFE_RDT_CONFIGMAP", "carafe-rdt"),
        host,
        host.path(environment.getOrDefault("CARAFE_SOCKET", "/run/carafe/carafe.sock")),
        host.path(environment.getOrDefault("CARAFE_RESCTRL", "/sys/fs/resctrl")),
        Boolean.parseBoolean(environment.getOrDefault("CARAFE_DRAIN", "false")),
        Boolean.parseBoolean(environment.getOrDefault("CARAFE_OFFER_CLOSIDS", "false")));
  }

  private static String needed(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(
          name + " is not set: expected it from the pod's own fields (see the chart)");
    }
    return value;
  }

  private static Mode mode(String text) {
    return switch (text) {
      case "replace" -> Mode.REPLACE;
      case "beside" -> Mode.BESIDE;
      default ->
          throw new IllegalArgumentException(
              "CARAFE_MODE = \"%s\": expected one of %s"
                  .formatted(text, List.of(Mode.values()).toString().toLowerCase(Locale.ROOT)));
    };
  }

  private static long seconds(String text) {
    try {
      long seconds = Long.parseLong(text);
      if (seconds > 0 && seconds <= 3600) {
        return seconds;
      }
    } catch (NumberFormatException notANumber) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "CARAFE_PATIENCE_SECONDS = \"" + text + "\": expected a number from 1 to 3600");
  }
}
