package dev.carafe.runtime.spec;

import java.util.List;

/** Rules for the containers of an ordinary user, in the words that callers know from runc. */
final class RootlessRules {
  private RootlessRules() {}

  static void check(Spec spec, Problems problems) {
    Linux linux = spec.linux();
    problems.require(
        linux != null && linux.namespace(Namespace.Type.USER) != null,
        "",
        "rootless container requires user namespaces");
    if (spec.process() != null) {
      check(spec.process(), problems);
    }
    if (linux == null) {
      return;
    }
    for (Mount mount : spec.mounts()) {
      problems.require(
          !MountRules.isIdMapped(mount),
          "",
          "id-mapped mounts are not supported for rootless containers: only the host's root may map"
              + " the ids of "
              + mount.destination());
      for (String option : mount.options()) {
        mapped(option, "uid", linux.uidMappings(), problems);
        mapped(option, "gid", linux.gidMappings(), problems);
      }
    }
  }

  static void check(Process process, Problems problems) {
    problems.require(
        process.user().additionalGids().isEmpty(),
        "",
        "cannot set any additional groups in a rootless container");
  }

  private static void mapped(
      String option, String key, List<IdMapping> mappings, Problems problems) {
    String value = option.startsWith(key + "=") ? option.substring(key.length() + 1) : "";
    if (value.matches("[0-9]{1,10}") && !mappings.isEmpty()) {
      long id = Long.parseLong(value);
      problems.require(
          mappings.stream().anyMatch(m -> id >= m.containerId() && id - m.containerId() < m.size()),
          "",
          "cannot specify %s= mount options for unmapped %s in rootless containers: %s"
              .formatted(key, key, option));
    }
  }
}
