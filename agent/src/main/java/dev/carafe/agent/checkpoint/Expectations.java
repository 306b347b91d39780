package dev.carafe.agent.checkpoint;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import java.util.Objects;

/**
 * What a restore's configuration says of processes that already ran is no wish but an expectation:
 * where it can be seen to differ, the restore is refused (KEP-5823).
 */
final class Expectations {
  private Expectations() {}

  /**
   * Compares what both state.
   *
   * @throws Failure of kind WRONG_STATE naming the field and both values
   */
  static void check(ContainerConfig wanted, ContainerConfig saved) {
    String name = wanted.getMetadata().getName();
    same(name, "command", wanted.getCommandList(), saved.getCommandList());
    same(name, "args", wanted.getArgsList(), saved.getArgsList());
    same(name, "working_dir", wanted.getWorkingDir(), saved.getWorkingDir());
    same(name, "envs", wanted.getEnvsList(), saved.getEnvsList());
    same(name, "tty", wanted.getTty(), saved.getTty());
    same(name, "stdin", wanted.getStdin(), saved.getStdin());
    LinuxContainerSecurityContext now = wanted.getLinux().getSecurityContext();
    LinuxContainerSecurityContext then = saved.getLinux().getSecurityContext();
    same(name, "run_as_user", now.getRunAsUser(), then.getRunAsUser());
    same(name, "run_as_group", now.getRunAsGroup(), then.getRunAsGroup());
    same(name, "run_as_username", now.getRunAsUsername(), then.getRunAsUsername());
    same(
        name,
        "supplemental_groups",
        now.getSupplementalGroupsList(),
        then.getSupplementalGroupsList());
    same(name, "capabilities", now.getCapabilities(), then.getCapabilities());
    same(name, "privileged", now.getPrivileged(), then.getPrivileged());
    same(name, "no_new_privs", now.getNoNewPrivs(), then.getNoNewPrivs());
  }

  private static void same(String name, String field, Object wanted, Object saved) {
    if (!Objects.equals(wanted, saved)) {
      throw Failure.wrongState(
          "container_configs: %s: %s is %s; the checkpoint has %s"
              .formatted(name, field, wanted, saved));
    }
  }
}
