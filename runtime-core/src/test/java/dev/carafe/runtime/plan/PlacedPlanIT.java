package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.seccomp.DefaultProfile;
import dev.carafe.runtime.seccomp.SeccompCompiler;
import dev.carafe.runtime.seccomp.SeccompProgram;
import dev.carafe.runtime.spec.Capability;
import dev.carafe.runtime.spec.LinuxResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers born in cgroups of the running kernel, with the score and the filter of a pod's. */
class PlacedPlanIT {
  private static final String PARENT = "/carafe-test-placed";

  @TempDir Path directory;
  private final CgroupLayout layout = CgroupLayout.detect(CgroupLayout.DEFAULT_ROOT);
  private final FsCgroupDriver driver = new FsCgroupDriver(layout);

  @BeforeEach
  void prerequisites() throws Exception {
    Launch.assumePossible();
    Launch.rootfs(directory.resolve("rootfs"));
  }

  @AfterEach
  void remove() {
    driver.open(PARENT, true).remove();
  }

  private Cgroup cgroup(String json) throws Exception {
    return driver.create(PARENT + "/c", new ObjectMapper().readValue(json, LinuxResources.class));
  }

  private Launch run(Cgroup cgroup, @Nullable SeccompFilter filter, Config config)
      throws Exception {
    Path into = cgroup.cloneInto();
    Placement placement =
        new Placement(
            into == null ? null : into.toString(),
            cgroup.joinFiles().stream().map(Path::toString).toList(),
            java.util.List.of());
    LaunchContext base =
        Config.context(new Rootfs.Directory(directory.resolve("rootfs").toString()));
    LaunchContext context =
        new LaunchContext(
            base.id(),
            base.bundle(),
            base.rootfs(),
            placement,
            base.hierarchies(),
            filter,
            base.ownCapabilities(),
            true,
            false);
    return Launch.run(PlanCompiler.compile(config.spec(), context), directory);
  }

  /** Its cgroup namespace hides where it is; the host's view of a file it counts in does not. */
  @Test
  void aContainerIsBornInItsCgroupAndSeesItAsTheRoot() throws Exception {
    Cgroup cgroup = cgroup("{\"pids\":{\"limit\":3}}");
    Config config =
        new Config()
            .script(
                "while read line; do case $line in *:/) ;; *) echo $line;; esac; done < /proc/self/cgroup; "
                    + "sleep 0 | sleep 0 | sleep 0 | sleep 0 | sleep 0");

    Launch launch = run(cgroup, null, config);

    assertThat(launch.stdout()).isEmpty();
    assertThat(launch.stderr()).contains("can't fork");
    assertThat(cgroup.procs()).isEmpty();
  }

  @Test
  void anOomKillInTheContainerIsCountedByTheKernel() throws Exception {
    Cgroup cgroup = cgroup("{\"memory\":{\"limit\":16777216,\"swap\":16777216}}");
    Config config =
        new Config()
            .set(
                "/process",
                "args",
                "[\"/bin/busybox\",\"dd\",\"if=/dev/zero\",\"of=/dev/null\",\"bs=64M\",\"count=1\"]");

    Launch launch = run(cgroup, null, config);

    assertThat(launch.exitCode()).isEqualTo(137);
    assertThat(cgroup.stats().memory().oomKills()).isEqualTo(1);
    assertThat(Files.readString(Objects.requireNonNull(cgroup.oomFile()))).contains("oom_kill 1\n");
  }

  @Test
  void aScoreBelowTheAgentsIsGivenStrictly() throws Exception {
    assumeTrue(
        (Config.ownCapabilities() & Capability.SYS_RESOURCE.mask()) != 0,
        "SKIP strict oom_score_adj: no CAP_SYS_RESOURCE to lower it");
    Config config =
        new Config().set("/process", "oomScoreAdj", "-500").script("cat /proc/self/oom_score_adj");

    Launch launch = run(cgroup("{}"), null, config);

    assertThat(launch.warnings()).isEmpty();
    assertThat(launch.stdout()).isEqualTo("-500\n");
  }

  @Test
  void theDefaultProfileIsInForce() throws Exception {
    SeccompProgram program =
        new SeccompCompiler().compile(DefaultProfile.of(Set.of(Capability.KILL)));
    SeccompFilter filter = new SeccompFilter(program.flags(), Blob.of(program.filter()));
    Config config =
        new Config()
            .script(
                "grep Seccomp: /proc/self/status; /bin/busybox unshare -U true; ls / > /dev/null && echo works");

    Launch launch = run(cgroup("{}"), filter, config);

    assertThat(launch.stdout()).isEqualTo("Seccomp:\t2\nworks\n");
    assertThat(launch.stderr()).contains("unshare").contains("Operation not permitted");
  }
}
