package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Kernel parameters of a pod: only those that belong to a namespace of its own can be set. */
public final class PodSysctls {
  /** Parts with single dots or slashes between: nothing that leads up or away. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+");

  /** Of the IPC namespace, besides fs.mqueue (ipc_namespaces(7)). */
  private static final Set<String> IPC =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  private PodSysctls() {}

  /**
   * The parameters to set in the pod's namespaces, by name with dots: those that were asked for,
   * and below them what containerd sets by default, so that any user may bind port 80 and ping.
   *
   * @throws Failure INVALID for a parameter that no namespace of this pod has
   */
  public static Map<String, String> validate(PodSandboxConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    Map<String, String> sysctls = new TreeMap<>();
    if (options.getNetwork() != NamespaceMode.NODE) {
      sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
      if (!PodRules.ownUser(options)) {
        sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
      }
    }
    config
        .getLinux()
        .getSysctlsMap()
        .forEach((name, value) -> sysctls.put(checked(name, value, options), value));
    return Collections.unmodifiableMap(sysctls);
  }

  private static String checked(String name, String value, NamespaceOption options) {
    if (!NAME.matcher(name).matches()) {
      throw bad(name, "is no name of a kernel parameter; expected one such as net.core.somaxconn");
    }
    if (value.indexOf('\0') >= 0 || value.indexOf('\n') >= 0) {
      throw bad(name, "has a value of more than one line; expected one line");
    }
    String dotted = dotted(name);
    if (dotted.startsWith("net.")) {
      if (options.getNetwork() == NamespaceMode.NODE) {
        throw bad(name, "belongs to the network namespace, and the pod is in the host's");
      }
      return dotted;
    }
    if (IPC.contains(dotted) || dotted.startsWith("fs.mqueue.")) {
      if (options.getIpc() == NamespaceMode.NODE) {
        throw bad(name, "belongs to the IPC namespace, and the pod is in the host's");
      }
      return dotted;
    }
    if (dotted.equals("kernel.domainname")) {
      if (options.getNetwork() == NamespaceMode.NODE) {
        throw bad(name, "belongs to the UTS namespace, and a pod in the host's network has none");
      }
      return dotted;
    }
    if (dotted.startsWith("user.") && PodRules.ownUser(options)) {
      return dotted;
    }
    throw bad(name, "belongs to no namespace of the pod; it would change the whole node");
  }

  /** Slash form to dot form, where the other sign stands for itself inside a name (sysctl(8)). */
  private static String dotted(String name) {
    int dot = name.indexOf('.');
    int slash = name.indexOf('/');
    boolean slashes = slash >= 0 && (dot < 0 || slash < dot);
    return slashes ? name.replace('.', '\0').replace('/', '.').replace('\0', '/') : name;
  }

  private static Failure bad(String name, String why) {
    return Failure.invalid("linux.sysctls: \"%s\" %s".formatted(name, why));
  }
}
