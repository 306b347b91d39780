package dev.carafe.runtime.spec;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which kernel parameters a container may set: those of namespaces that are its own. Every other
 * one is the host's.
 */
public final class SysctlRules {
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

  private SysctlRules() {}

  static void check(Linux linux, Problems problems) {
    for (Map.Entry<String, String> entry : linux.sysctl().entrySet()) {
      String field = "linux.sysctl." + entry.getKey();
      problems.text(entry.getKey(), field);
      problems.text(entry.getValue(), field);
      Namespace.Type owner = namespace(entry.getKey());
      problems.require(
          owner != null,
          field,
          "is not of a namespace: expected one of ipc, network (net.*), uts (kernel.domainname) or user (user.*)");
      problems.require(
          owner == null || linux.namespace(owner) != null,
          field,
          "would change the host's: expected a " + owner + " namespace");
    }
  }

  /**
   * The namespace type that a key (with dots or slashes) belongs to, or null when it is the host's.
   */
  public static Namespace.@Nullable Type namespace(String key) {
    String dotted = dotted(key);
    if (key.contains("..") || dotted.startsWith(".")) {
      return null;
    }
    if (IPC.contains(dotted) || dotted.startsWith("fs.mqueue.")) {
      return Namespace.Type.IPC;
    }
    if (dotted.startsWith("net.")) {
      return Namespace.Type.NETWORK;
    }
    if (dotted.equals("kernel.domainname")) {
      return Namespace.Type.UTS;
    }
    return dotted.startsWith("user.") ? Namespace.Type.USER : null;
  }

  /**
   * As sysctl(8): the first separator tells which of the two separates, the other is part of a
   * name.
   */
  private static String dotted(String key) {
    int slash = key.indexOf('/');
    int dot = key.indexOf('.');
    boolean slashes = slash >= 0 && (dot < 0 || slash < dot);
    return slashes ? key.replace('.', '\0').replace('/', '.').replace('\0', '/') : key;
  }
}
