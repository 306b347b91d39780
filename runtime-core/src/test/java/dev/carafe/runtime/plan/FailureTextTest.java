package dev.carafe.runtime.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTextTest {
  private static Plan plan(Op... ops) {
    return new Plan(List.of(ops).stream().map(op -> new Plan.Step(op, false)).toList());
  }

  @Test
  void aMountSaysTargetReasonAndSource() {
    Plan plan =
        plan(
            new Op.OpenTree(3, "/srv/x", 1),
            new Op.Attach(3, 1, "/data", 3, 0755, 0),
            new Op.Fsmount(4, "tmpfs", List.of(), 0),
            new Op.Attach(4, 1, "/cache", 1, 0755, 0));

    assertThat(plan.describe(0, 2, 0, ""))
        .isEqualTo("cannot mount /data from /srv/x: No such file or directory");
    assertThat(plan.describe(1, 2, 0, ""))
        .isEqualTo("cannot mount /data: No such file or directory (source /srv/x)");
    assertThat(plan.describe(2, 22, 0, "sizee"))
        .isEqualTo("cannot mount /cache (tmpfs): Invalid argument (at sizee)");
    assertThat(plan.describe(3, 30, 0, "")).isEqualTo("cannot mount /cache: Read-only file system");
  }

  @Test
  void aFalseDeviceIsNamed() {
    Plan plan = plan(new Op.OpenTree(3, "/dev/fuse", 1), new Op.IsDevice(3, 'c', 10, 229));

    assertThat(plan.describe(1, 19, 0, ""))
        .isEqualTo("/dev/fuse is not the device c 10:229: No such device");
  }

  @Test
  void aListSaysWhichItem() {
    Plan plan =
        plan(
            new Op.Sysctl(List.of(new Op.Pair("net.a", "1"), new Op.Pair("net.b", "2"))),
            new Op.Mask(1, 2, List.of("/proc/a", "/proc/b")));

    assertThat(plan.describe(0, 13, 1, ""))
        .isEqualTo("cannot set sysctl net.b=2: Permission denied");
    assertThat(plan.describe(1, 1, 0, ""))
        .isEqualTo("cannot mask /proc/a: Operation not permitted");
    assertThat(plan.describe(1, 1, 9, "")).isEqualTo("cannot mask item 9: Operation not permitted");
  }

  @Test
  void aWriteSaysItsFile() {
    Plan plan = plan(new Op.Open(1, "/sys/fs/cgroup/a/cgroup.procs", 2), new Op.Write(1, "0"));

    assertThat(plan.describe(1, 28, 0, ""))
        .isEqualTo("cannot write '0' to /sys/fs/cgroup/a/cgroup.procs: No space left on device");
  }

  @Test
  void whatIsOutsideThePlanStillGivesASentence() {
    assertThat(plan(new Op.Exit()).describe(-1, 9, 0, ""))
        .isEqualTo("the launcher failed: Bad file descriptor");
    assertThat(plan(new Op.Exit()).describe(7, 4242, 0, "x"))
        .isEqualTo("the launcher failed: error 4242 (at x)");
  }
}
