package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.LinuxSandboxSecurityContext;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.UserNamespace;
import java.util.List;

/** What a pod's configuration can't ask for. */
public final class PodRules {
  private static final String SECURITY = "linux.security_context.";
  private static final String NAMESPACES = SECURITY + "namespace_options.";

  private PodRules() {}

  /**
   * Checks namespaces, the host name, user ids and sysctls, before anything of the pod is made.
   *
   * @throws Failure INVALID, naming the field
   */
  public static void validate(PodSandboxConfig config) {
    LinuxSandboxSecurityContext security = config.getLinux().getSecurityContext();
    NamespaceOption options = security.getNamespaceOptions();
    podOrNode("network", options.getNetwork(), options.getNetworkValue());
    podOrNode("ipc", options.getIpc(), options.getIpcValue());
    if (options.getPid() == NamespaceMode.TARGET
        || options.getPid() == NamespaceMode.UNRECOGNIZED) {
      throw Failure.invalid(
          "%spid: %d; expected POD, CONTAINER or NODE for a sandbox"
              .formatted(NAMESPACES, options.getPidValue()));
    }
    if (options.hasUsernsOptions()) {
      userNamespace(options);
    }
    if (options.getNetwork() == NamespaceMode.NODE && !config.getHostname().isEmpty()) {
      throw Failure.invalid(
          "hostname: \"%s\" for a pod in the host's network namespace, which has the host's name; leave it out"
              .formatted(config.getHostname()));
    }
    if (security.hasRunAsGroup() && !security.hasRunAsUser()) {
      throw Failure.invalid(
          "%srun_as_group: %d without run_as_user; set that too"
              .formatted(SECURITY, security.getRunAsGroup().getValue()));
    }
    PodSysctls.validate(config);
  }

  /** Whether the pod has a user namespace of its own. */
  static boolean ownUser(NamespaceOption options) {
    return options.hasUsernsOptions() && options.getUsernsOptions().getMode() == NamespaceMode.POD;
  }

  private static void podOrNode(String field, NamespaceMode mode, int value) {
    if (mode != NamespaceMode.POD && mode != NamespaceMode.NODE) {
      throw Failure.invalid(
          "%s%s: %d; expected 0 (POD) or 2 (NODE)".formatted(NAMESPACES, field, value));
    }
  }

  /** KEP-127. */
  private static void userNamespace(NamespaceOption options) {
    UserNamespace user = options.getUsernsOptions();
    String field = NAMESPACES + "userns_options.";
    switch (user.getMode()) {
      case NODE -> {
        if (user.getUidsCount() + user.getGidsCount() > 0) {
          throw Failure.invalid(
              field + "mode: NODE with id mappings; leave uids and gids out, or say POD");
        }
      }
      case POD -> {
        oneRange(field + "uids", user.getUidsList());
        oneRange(field + "gids", user.getGidsList());
        if (options.getPid() == NamespaceMode.NODE || options.getIpc() == NamespaceMode.NODE) {
          throw Failure.invalid(
              field
                  + "mode: POD with the host's pid or ipc namespace, over which the pod's users"
                  + " would have no rights; choose one of both");
        }
      }
      default ->
          throw Failure.invalid(
              "%smode: %s; expected POD or NODE".formatted(field, user.getMode()));
    }
  }

  private static void oneRange(String field, List<IDMapping> mappings) {
    if (mappings.size() != 1) {
      throw Failure.invalid(
          "%s: %d mappings; expected exactly one".formatted(field, mappings.size()));
    }
    IDMapping range = mappings.getFirst();
    if (range.getContainerId() != 0) {
      throw Failure.invalid(
          "%s: container_id %s; expected 0, for a container needs a root user"
              .formatted(field, Integer.toUnsignedString(range.getContainerId())));
    }
    long end =
        Integer.toUnsignedLong(range.getHostId()) + Integer.toUnsignedLong(range.getLength());
    if (range.getLength() == 0 || end > UserDatabase.MAX_ID + 1) {
      throw Failure.invalid(
          "%s: length %s from host_id %s; expected at least 1, and no id above %d"
              .formatted(
                  field,
                  Integer.toUnsignedString(range.getLength()),
                  Integer.toUnsignedString(range.getHostId()),
                  UserDatabase.MAX_ID));
    }
  }
}
