package dev.carafe.agent.oci;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.runtime.spec.Capabilities;
import dev.carafe.runtime.spec.Capability;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The capabilities of a container's process, out of what CRI adds and drops. */
final class CapabilitySets {
  private static final String FIELD = "linux.security_context.capabilities.";
  private static final String ALL = "ALL";

  /** What a container has that asks for nothing, as in every runtime since Docker. */
  private static final Set<Capability> USUAL =
      Set.of(
          Capability.AUDIT_WRITE,
          Capability.CHOWN,
          Capability.DAC_OVERRIDE,
          Capability.FOWNER,
          Capability.FSETID,
          Capability.KILL,
          Capability.MKNOD,
          Capability.NET_BIND_SERVICE,
          Capability.NET_RAW,
          Capability.SETFCAP,
          Capability.SETGID,
          Capability.SETPCAP,
          Capability.SETUID,
          Capability.SYS_CHROOT);

  private CapabilitySets() {}

  /**
   * Adds, then drops; ALL comes before single names on either side, so that "add ALL, drop X" is
   * all but X and "drop ALL, add X" is X alone. Ambient capabilities are in all five sets; nothing
   * else is inheritable (CVE-2022-29162).
   *
   * @param own the agent's bounding set: more can't be given to anybody
   * @throws Failure INVALID for a name that is no capability, or one beyond {@code own}
   */
  static Capabilities of(LinuxContainerSecurityContext security, long own) {
    if (security.getPrivileged()) {
      return Capabilities.of(names(all(own)));
    }
    dev.carafe.cri.v1.Capability wanted = security.getCapabilities();
    List<String> add = wanted.getAddCapabilitiesList();
    List<String> drop = wanted.getDropCapabilitiesList();
    Set<Capability> ambient = EnumSet.noneOf(Capability.class);
    for (String name : wanted.getAddAmbientCapabilitiesList()) {
      ambient.addAll(isAll(name) ? all(own) : Set.of(find("add_ambient_capabilities", name, own)));
    }
    Set<Capability> given = EnumSet.noneOf(Capability.class);
    if (drop.stream().noneMatch(CapabilitySets::isAll)) {
      given.addAll(USUAL);
      given.retainAll(all(own));
    }
    if (add.stream().anyMatch(CapabilitySets::isAll)) {
      given.addAll(all(own));
    }
    singles(add).forEach(name -> given.add(find("add_capabilities", name, own)));
    given.addAll(ambient);
    singles(drop)
        .forEach(name -> {
          Capability dropped = parse("drop_capabilities", name);
          given.remove(dropped);
          ambient.remove(dropped);
        });
    List<String> inAll = names(ambient);
    return new Capabilities(names(given), names(given), inAll, names(given), inAll);
  }

  private static Set<Capability> all(long own) {
    Set<Capability> all = EnumSet.allOf(Capability.class);
    all.removeIf(capability -> (capability.mask() & own) == 0);
    return all;
  }

  private static boolean isAll(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.equals(ALL) || upper.equals("CAP_" + ALL);
  }

  private static List<String> singles(List<String> names) {
    return names.stream().filter(name -> !isAll(name)).toList();
  }

  private static Capability find(String list, String name, long own) {
    Capability capability = parse(list, name);
    if ((capability.mask() & own) == 0) {
      throw Failure.invalid(
          "%s%s: %s is not in this agent's own bounding set, so that no container can have it"
              .formatted(FIELD, list, capability.fullName()));
    }
    return capability;
  }

  private static Capability parse(String list, String name) {
    Capability capability = Capability.find(name);
    if (capability == null) {
      throw Failure.invalid(
          "%s%s: \"%s\" is no capability; expected a name such as NET_ADMIN, or ALL"
              .formatted(FIELD, list, name));
    }
    return capability;
  }

  private static List<String> names(Set<Capability> capabilities) {
    return capabilities.stream().sorted().map(Capability::fullName).toList();
  }
}
