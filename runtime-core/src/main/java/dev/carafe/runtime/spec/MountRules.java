package dev.carafe.runtime.spec;

import java.util.List;

/** Rules for mounts. */
final class MountRules {
  private static final List<String> BIND = List.of("bind", "rbind");

  private MountRules() {}

  static void check(List<Mount> mounts, Problems problems) {
    for (int i = 0; i < mounts.size(); i++) {
      check(mounts.get(i), "mounts[" + i + "]", problems);
    }
  }

  private static void check(Mount mount, String field, Problems problems) {
    String destination = mount.destination();
    problems.text(destination, field + ".destination");
    problems.require(
        destination.chars().anyMatch(c -> c != '/' && c != '.'),
        field + ".destination",
        "'" + destination + "': expected a path below the root");
    if (mount.source() != null) {
      problems.text(mount.source(), field + ".source");
    }
    if (mount.type() != null) {
      problems.text(mount.type(), field + ".type");
    }
    problems.texts(mount.options(), field + ".options");
    boolean bind = "bind".equals(mount.type()) || mount.options().stream().anyMatch(BIND::contains);
    boolean remount = mount.options().contains("remount");
    problems.require(
        bind || remount || mount.type() != null,
        field + ".type",
        "absent: expected a file system type, or the option bind");
    problems.require(
        !bind || remount || mount.source() != null,
        field + ".source",
        "absent: expected the host's path for the bind mount on " + destination);
    proc(mount, field, problems);
    idMapping(mount, field, bind, problems);
  }

  /**
   * What procfs says is the kernel's word, but for the files that lxcfs and its kin stand in for.
   */
  private static void proc(Mount mount, String field, Problems problems) {
    String destination = mount.destination().replaceAll("/+", "/");
    if (destination.startsWith("/proc/")) {
      problems.require(
          Mount.PROC_FILES.contains(destination),
          field + ".destination",
          "'"
              + destination
              + "' lies in procfs: expected one of "
              + String.join(", ", Mount.PROC_FILES));
    }
  }

  static boolean isIdMapped(Mount mount) {
    return !mount.uidMappings().isEmpty()
        || mount.options().contains("idmap")
        || mount.options().contains("ridmap");
  }

  private static void idMapping(Mount mount, String field, boolean bind, Problems problems) {
    problems.require(
        mount.uidMappings().isEmpty() == mount.gidMappings().isEmpty(),
        field,
        "has mappings of one kind only: expected uidMappings and gidMappings, or neither");
    problems.require(
        bind || !isIdMapped(mount),
        field,
        "id-mapping of a '" + mount.type() + "' mount: expected a bind mount");
    LinuxRules.mappings(mount.uidMappings(), field + ".uidMappings", problems);
    LinuxRules.mappings(mount.gidMappings(), field + ".gidMappings", problems);
  }
}
