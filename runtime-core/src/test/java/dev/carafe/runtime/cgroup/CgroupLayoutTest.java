package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CgroupLayoutTest {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private static final String TMPFS =
      "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755";
  private static final String CPU =
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct";
  private static final String SYSTEMD =
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd";
  private static final String AGENT =
      "40 31 0:37 / /sys/fs/cgroup/e rw - cgroup cgroup rw,xattr,release_agent=/bin/x,name=systemd";
  private static final String UNIFIED =
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";

  @Test
  void cgroup2AtTheRootIsUnified() {
    String line = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
    assertThat(CgroupLayout.parse(ROOT, List.of(line))).isEqualTo(new CgroupLayout.Unified(ROOT));
  }

  @Test
  void coMountedControllersShareADirectoryAndNamedHierarchiesKeepTheirName() {
    CgroupLayout layout = CgroupLayout.parse(ROOT, List.of(TMPFS, CPU, SYSTEMD));
    assertThat(layout).isInstanceOf(CgroupLayout.Legacy.class);
    CgroupDirs dirs = layout.dirs("/a/b");
    assertThat(dirs.legacy().keySet()).containsExactly("cpu", "cpuacct", "name=systemd");
    assertThat(dirs.legacyDirs())
        .containsExactly(ROOT.resolve("cpu,cpuacct/a/b"), ROOT.resolve("systemd/a/b"));
    assertThat(dirs.unified()).isNull();
  }

  @Test
  void otherMountOptionsAreNoControllers() {
    CgroupLayout layout = CgroupLayout.parse(ROOT, List.of(AGENT));
    assertThat(layout.dirs("/a").legacy().keySet()).containsExactly("name=systemd");
  }

  @Test
  void bothKindsAreHybrid() {
    CgroupLayout layout = CgroupLayout.parse(ROOT, List.of(TMPFS, CPU, UNIFIED));
    assertThat(layout).isInstanceOf(CgroupLayout.Hybrid.class);
    assertThat(layout.dirs("/a").unified()).isEqualTo(ROOT.resolve("unified/a"));
  }

  @Test
  void anotherRootSeesOnlyItsOwnMounts() {
    assertThatThrownBy(() -> CgroupLayout.parse(Path.of("/mnt/cg"), List.of(TMPFS, CPU)))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("/mnt/cg");
  }
}
