package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Namespace;
import java.util.List;
import java.util.Map;

/** Contexts of tests. */
final class PlanFixtures {
  static final List<IdMapping> IDS = List.of(new IdMapping(0, 100_000, 65_536));
  static final Rootfs OVERLAY =
      new Rootfs.Overlay(List.of("/l/2", "/l/1"), "/c/upper", "/c/work", "/c/scratch");
  static final Placement V2 = new Placement("/sys/fs/cgroup/pod/c1", List.of(), List.of());
  static final Placement V1 =
      new Placement(
          null,
          List.of(
              "/sys/fs/cgroup/cpuset/c1/cgroup.procs",
              "/sys/fs/cgroup/cpu,cpuacct/c1/cgroup.procs"),
          List.of("/sys/fs/resctrl/gold/tasks", "/sys/fs/resctrl/gold/mon_groups/c1/tasks"));
  static final List<CgroupHierarchy> HIERARCHIES =
      List.of(
          new CgroupHierarchy(
              "cpu,cpuacct", List.of("cpu", "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct/c1"),
          new CgroupHierarchy(
              "systemd", List.of("none", "name=systemd"), "/sys/fs/cgroup/systemd/c1"));
  static final SeccompFilter FILTER = new SeccompFilter(0, Blob.of(new byte[16]));

  private PlanFixtures() {}

  static LaunchContext context(
      Rootfs rootfs, Placement placement, List<CgroupHierarchy> hierarchies, long own) {
    return new LaunchContext(
        "c1", "/bundle", rootfs, placement, hierarchies, FILTER, own, true, false);
  }

  /** The context that belongs to a golden file. */
  static LaunchContext context(String golden) {
    Rootfs directory = new Rootfs.Directory("/bundle/rootfs");
    return switch (golden) {
      case "kubernetes" -> context(OVERLAY, V2, List.of(), LaunchContext.ALL_CAPABILITIES);
      case "userns" -> context(OVERLAY, V2, List.of(), ~Capability.SYS_RESOURCE.mask());
      case "rootless" -> ofUser();
      case "hybrid" -> context(directory, V1, HIERARCHIES, ~Capability.SYS_RESOURCE.mask());
      default ->
          new LaunchContext(
              "c1",
              "/bundle",
              directory,
              Placement.INHERITED,
              List.of(),
              null,
              LaunchContext.ALL_CAPABILITIES,
              true,
              true);
    };
  }

  private static LaunchContext ofUser() {
    return new LaunchContext(
        "c1",
        "/bundle",
        new Rootfs.Directory("/bundle/rootfs"),
        Placement.INHERITED,
        HIERARCHIES,
        null,
        LaunchContext.ALL_CAPABILITIES,
        true,
        true,
        true,
        "/run/user/1000/carafe/oci/c1/exec.fifo",
        ContainerHooks.NONE,
        new Privilege.User("/usr/bin/newuidmap", "/usr/bin/newgidmap"));
  }

  static PodContext pod(boolean user) {
    String pins = "/run/carafe/pods/p1/ns/";
    Map<Namespace.Type, String> hosts =
        Map.of(
            Namespace.Type.NETWORK, "/run/netns/carafe-p1",
            Namespace.Type.IPC, pins + "ipc",
            Namespace.Type.UTS, pins + "uts");
    Map<Namespace.Type, String> users = new java.util.HashMap<>(hosts);
    users.put(Namespace.Type.USER, pins + "user");
    return new PodContext(
        user ? users : hosts,
        user ? IDS : List.of(),
        user ? IDS : List.of(),
        "web-0",
        Map.of("net.ipv4.ip_unprivileged_port_start", "0"),
        "/run/carafe/pods/p1/shm",
        64 << 20,
        null);
  }
}
