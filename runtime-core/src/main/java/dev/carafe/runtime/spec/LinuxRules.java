package dev.carafe.runtime.spec;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules for the Linux part. */
final class LinuxRules {
  /** The kernel's limit on extents of a map (UID_GID_MAP_MAX_EXTENTS). */
  private static final int MAPPINGS_MAX = 340;

  private static final Set<String> PROPAGATIONS =
      Set.of(
          "private",
          "rprivate",
          "slave",
          "rslave",
          "shared",
          "rshared",
          "unbindable",
          "runbindable");

  private static final String NODES = "linux.memoryPolicy.nodes";

  private LinuxRules() {}

  static void check(Linux linux, Problems problems) {
    namespaces(linux, problems);
    mappings(linux, problems);
    paths(linux, problems);
    devices(linux.devices(), problems);
    SysctlRules.check(linux, problems);
    times(linux, problems);
    netDevices(linux, problems);
    SeccompRules.check(linux.seccomp(), problems);
    rdt(linux.intelRdt(), problems);
    memoryPolicy(linux.memoryPolicy(), problems);
  }

  private static void namespaces(Linux linux, Problems problems) {
    Set<Namespace.Type> seen = EnumSet.noneOf(Namespace.Type.class);
    for (int i = 0; i < linux.namespaces().size(); i++) {
      Namespace namespace = linux.namespaces().get(i);
      String field = "linux.namespaces[" + i + "]";
      problems.require(
          seen.add(namespace.type()),
          field + ".type",
          namespace.type() + " is given twice: expected once");
      if (namespace.path() != null) {
        problems.absolute(namespace.path(), field + ".path");
      }
    }
  }

  private static void mappings(Linux linux, Problems problems) {
    Namespace user = linux.namespace(Namespace.Type.USER);
    boolean any = !linux.uidMappings().isEmpty() || !linux.gidMappings().isEmpty();
    problems.require(
        user != null || !any,
        "linux.uidMappings",
        "id mappings without a user namespace: expected one in linux.namespaces");
    if (user != null && user.path() == null) {
      problems.require(
          !linux.uidMappings().isEmpty(),
          "linux.uidMappings",
          "empty: expected at least one for a new user namespace");
      problems.require(
          !linux.gidMappings().isEmpty(),
          "linux.gidMappings",
          "empty: expected at least one for a new user namespace");
    }
    mappings(linux.uidMappings(), "linux.uidMappings", problems);
    mappings(linux.gidMappings(), "linux.gidMappings", problems);
  }

  /** What the kernel refuses as a whole with EINVAL. */
  static void mappings(List<IdMapping> mappings, String field, Problems problems) {
    problems.require(
        mappings.size() <= MAPPINGS_MAX,
        field,
        mappings.size() + " ranges: expected at most " + MAPPINGS_MAX);
    for (int i = 0; i < mappings.size(); i++) {
      IdMapping mapping = mappings.get(i);
      String item = field + "[" + i + "]";
      problems.range(mapping.size(), 1, 0xffff_ffffL, item + ".size");
      problems.range(
          mapping.containerId(), 0, 0xffff_ffffL - mapping.size(), item + ".containerID");
      problems.range(mapping.hostId(), 0, 0xffff_ffffL - mapping.size(), item + ".hostID");
      for (int j = 0; j < i; j++) {
        IdMapping other = mappings.get(j);
        boolean overlap =
            overlap(mapping.containerId(), other.containerId(), mapping, other)
                || overlap(mapping.hostId(), other.hostId(), mapping, other);
        problems.require(
            !overlap, item, mapping + " overlaps " + other + ": expected ranges apart");
      }
    }
  }

  private static boolean overlap(long a, long b, IdMapping first, IdMapping second) {
    return a < b + second.size() && b < a + first.size();
  }

  private static void paths(Linux linux, Problems problems) {
    boolean mounts = linux.namespace(Namespace.Type.MOUNT) != null;
    paths(linux.maskedPaths(), "linux.maskedPaths", mounts, problems);
    paths(linux.readonlyPaths(), "linux.readonlyPaths", mounts, problems);
    String propagation = linux.rootfsPropagation();
    problems.require(
        propagation == null || PROPAGATIONS.contains(propagation),
        "linux.rootfsPropagation",
        "'"
            + propagation
            + "': expected private, slave, shared or unbindable, or one of them after an r");
  }

  private static void paths(List<String> paths, String field, boolean mounts, Problems problems) {
    problems.require(
        mounts || paths.isEmpty(),
        field,
        "would change the host's paths: expected a mount namespace");
    for (int i = 0; i < paths.size(); i++) {
      problems.absolute(paths.get(i), field + "[" + i + "]");
    }
  }

  private static void devices(List<Device> devices, Problems problems) {
    for (int i = 0; i < devices.size(); i++) {
      Device device = devices.get(i);
      String field = "linux.devices[" + i + "]";
      problems.absolute(device.path(), field + ".path");
      problems.require(
          device.type() != Device.Type.ALL, field + ".type", "'a': expected b, c, u or p");
      problems.range(device.major(), 0, 0xffff_ffffL, field + ".major");
      problems.range(device.minor(), 0, 0xffff_ffffL, field + ".minor");
      id(device.uid(), field + ".uid", problems);
      id(device.gid(), field + ".gid", problems);
    }
  }

  private static void id(@Nullable Long id, String field, Problems problems) {
    if (id != null) {
      problems.range(id, 0, ProcessRules.ID_MAX, field);
    }
  }

  private static void times(Linux linux, Problems problems) {
    Namespace time = linux.namespace(Namespace.Type.TIME);
    problems.require(
        linux.timeOffsets().isEmpty() || (time != null && time.path() == null),
        "linux.timeOffsets",
        "can be set only in a new time namespace: expected one in linux.namespaces, without a path");
    for (Map.Entry<String, TimeOffset> entry : linux.timeOffsets().entrySet()) {
      String field = "linux.timeOffsets." + entry.getKey();
      boolean known = entry.getKey().equals("monotonic") || entry.getKey().equals("boottime");
      problems.require(known, field, "'" + entry.getKey() + "': expected monotonic or boottime");
      problems.range(entry.getValue().nanosecs(), 0, 999_999_999, field + ".nanosecs");
    }
  }

  private static void netDevices(Linux linux, Problems problems) {
    problems.require(
        linux.netDevices().isEmpty() || linux.namespace(Namespace.Type.NETWORK) != null,
        "linux.netDevices",
        "have nowhere to go: expected a network namespace");
  }

  private static void rdt(@Nullable IntelRdt rdt, Problems problems) {
    if (rdt == null) {
      return;
    }
    String closId = rdt.closId();
    boolean plain =
        closId == null
            || closId.equals("/")
            || (!closId.contains("/") && !closId.equals(".") && !closId.equals(".."));
    problems.require(
        plain, "linux.intelRdt.closID", "'" + closId + "': expected a name without /, or / alone");
    line(rdt.l3CacheSchema(), "linux.intelRdt.l3CacheSchema", "L3:", problems);
    line(rdt.memBwSchema(), "linux.intelRdt.memBwSchema", "MB:", problems);
    for (int i = 0; i < rdt.schemata().size(); i++) {
      line(rdt.schemata().get(i), "linux.intelRdt.schemata[" + i + "]", "", problems);
    }
  }

  private static void line(@Nullable String line, String field, String prefix, Problems problems) {
    if (line != null) {
      problems.require(
          line.startsWith(prefix), field, "'" + line + "': expected it to begin with " + prefix);
      problems.require(line.indexOf('\n') < 0, field, "has a newline: expected one line");
    }
  }

  private static void memoryPolicy(@Nullable MemoryPolicy policy, Problems problems) {
    if (policy == null) {
      return;
    }
    int nodes;
    try {
      nodes = CpuList.numbers(NODES, policy.nodes()).cardinality();
    } catch (SpecException e) {
      problems.add(e);
      return;
    }
    switch (policy.mode()) {
      case MPOL_DEFAULT, MPOL_LOCAL ->
          problems.require(
              nodes == 0,
              NODES,
              "'%s': this memory policy mode requires 0 nodes but got %d"
                  .formatted(policy.nodes(), nodes));
      case MPOL_PREFERRED -> {}
      default ->
          problems.require(
              nodes > 0, NODES, "this memory policy mode requires at least one node but got 0");
    }
  }
}
