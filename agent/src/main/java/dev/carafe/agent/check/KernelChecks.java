package dev.carafe.agent.check;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.linux.KernelProbe;
import dev.carafe.runtime.linux.KernelVersion;
import dev.carafe.runtime.linux.ProcessCapabilities;
import dev.carafe.runtime.spec.Capability;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The machine, its kernel, and what we may do on it. */
final class KernelChecks {
  private static final String FATAL = "Carafe does not run";

  /** What any pod needs; all else is tolerated. */
  private static final Set<Capability> NEEDED =
      Set.of(
          Capability.SYS_ADMIN,
          Capability.NET_ADMIN,
          Capability.CHOWN,
          Capability.DAC_OVERRIDE,
          Capability.FOWNER,
          Capability.KILL,
          Capability.MKNOD,
          Capability.SETUID,
          Capability.SETGID,
          Capability.SETPCAP,
          Capability.SYS_CHROOT,
          Capability.SYS_PTRACE);

  private KernelChecks() {}

  static Finding machine(String architecture) {
    return architecture.equals("amd64")
        ? Finding.ok("machine", "x86-64")
        : Finding.fail("machine", architecture, "this build of Carafe is for x86-64");
  }

  static Finding version(String release) {
    KernelVersion version = KernelVersion.parse(release);
    return version.compareTo(KernelVersion.FLOOR) >= 0
        ? Finding.ok("kernel", release)
        : Finding.fail("kernel", release, "install a kernel of at least " + KernelVersion.FLOOR);
  }

  /** One finding for the features that must be there, one for each other. */
  static List<Finding> features(List<KernelProbe.Feature> features) {
    List<Finding> findings = new ArrayList<>();
    List<String> present = new ArrayList<>();
    for (KernelProbe.Feature feature : features) {
      String name = "kernel: " + feature.name();
      if (Set.of("overlay", "resctrl", "cgroup v2").contains(feature.name())) {
        continue; // They have checks of their own, which know more.
      }
      if (feature.present()) {
        present.add(feature.name());
      } else if (feature.without().equals(FATAL)) {
        findings.add(Finding.fail(name, "missing", "a newer kernel, or one built with it"));
      } else {
        findings.add(Finding.note(name, "missing", "nothing to do: " + feature.without()));
      }
    }
    findings.addFirst(Finding.ok("kernel features", String.join(", ", present)));
    return findings;
  }

  static Finding capabilities(ProcessCapabilities capabilities) {
    requireNonNull(capabilities, "capabilities is null");
    List<String> missing =
        NEEDED.stream()
            .filter(one -> !capabilities.effective().contains(one))
            .map(Capability::fullName)
            .sorted()
            .toList();
    if (!missing.isEmpty()) {
      return Finding.fail(
          "privileges",
          "missing " + String.join(", ", missing),
          "run as root, with these capabilities");
    }
    if (!capabilities.effective().contains(Capability.SYS_RESOURCE)) {
      return Finding.warn(
          "privileges",
          "no CAP_SYS_RESOURCE",
          "give it, or pods keep the agent's oom_score_adj and resource limits where theirs would"
              + " need more");
    }
    return Finding.ok("privileges", "all that Carafe needs");
  }

  static Finding userNamespaces(Host host) {
    String most = host.line("/proc/sys/user/max_user_namespaces");
    return most.isEmpty() || most.equals("0")
        ? Finding.warn(
            "user namespaces",
            most.isEmpty() ? "not in this kernel" : "user.max_user_namespaces = 0",
            "pods with hostUsers: false need them: sysctl -w user.max_user_namespaces=65536")
        : Finding.ok("user namespaces", "at most " + most);
  }
}
