package dev.carafe.agent.check;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Seccomp and the security modules. */
final class SecurityChecks {
  private SecurityChecks() {}

  /**
   * Whether profiles can be compiled.
   *
   * @param library the file that would be loaded, or null
   */
  static Finding seccomp(Host host, @Nullable Path library) {
    if (!host.has("/proc/sys/kernel/seccomp/actions_avail")) {
      return Finding.fail(
          "seccomp", "not in this kernel", "use a kernel with CONFIG_SECCOMP_FILTER");
    }
    return library == null
        ? Finding.fail(
            "seccomp",
            "no libseccomp.so.2",
            "use Carafe's own tree, which carries it, or install libseccomp 2.5 (Debian:"
                + " libseccomp2)")
        : Finding.ok("seccomp", library.toString());
  }

  static Finding appArmor(Host host) {
    if (!host.line("/sys/module/apparmor/parameters/enabled").equals("Y")) {
      return Finding.note(
          "apparmor", "not enabled", "nothing to do, unless pods ask for AppArmor profiles");
    }
    return host.hasProgram("apparmor_parser")
        ? Finding.ok("apparmor", "enabled")
        : Finding.warn(
            "apparmor",
            "enabled, without apparmor_parser",
            "install it (Debian: apparmor): profiles cannot be loaded");
  }

  static Finding seLinux(Host host) {
    return switch (host.line("/sys/fs/selinux/enforce")) {
      case "1" -> Finding.ok("selinux", "enforcing");
      case "0" -> Finding.note("selinux", "permissive", "setenforce 1, if it is meant to protect");
      default ->
          Finding.note(
              "selinux", "not enabled", "nothing to do, unless pods ask for SELinux labels");
    };
  }
}
