package dev.carafe.agent.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.seccomp.SeccompCache;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaunchesTest {
  private static Launches launches(CgroupLayout layout) {
    SeccompCache unused =
        new SeccompCache(
            Path.of("/nonexistent"),
            profile -> {
              throw new AssertionError("nothing is compiled here");
            });
    return new Launches(layout, unused, null);
  }

  @Test
  void coMountedControllersAreOneHierarchyAndNamedOnesHaveNoController() {
    Map<String, Path> mounts = new LinkedHashMap<>();
    mounts.put("cpu", Path.of("/sys/fs/cgroup/cpu,cpuacct"));
    mounts.put("cpuacct", Path.of("/sys/fs/cgroup/cpu,cpuacct"));
    mounts.put("memory", Path.of("/sys/fs/cgroup/memory"));
    mounts.put("name=systemd", Path.of("/sys/fs/cgroup/systemd"));

    assertThat(launches(new CgroupLayout.Legacy(mounts)).hierarchies("/pods/c"))
        .containsExactly(
            new CgroupHierarchy(
                "cpu,cpuacct", List.of("cpu", "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct/pods/c"),
            new CgroupHierarchy("memory", List.of("memory"), "/sys/fs/cgroup/memory/pods/c"),
            new CgroupHierarchy(
                "systemd", List.of("none", "name=systemd"), "/sys/fs/cgroup/systemd/pods/c"));
  }

  @Test
  void cgroup2NeedsNone() {
    assertThat(launches(new CgroupLayout.Unified(Path.of("/sys/fs/cgroup"))).hierarchies("/pods/c"))
        .isEmpty();
  }
}
