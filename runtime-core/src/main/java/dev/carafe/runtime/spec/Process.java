package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The container's process, or one that is executed in it.
 *
 * @param terminal whether stdio is a pseudo terminal
 * @param consoleSize size of the terminal
 * @param user ids; absent is root
 * @param args the program and its arguments
 * @param env variables as NAME=VALUE
 * @param cwd absolute working directory inside the container
 * @param capabilities the five sets; absent is none at all
 * @param rlimits resource limits
 * @param noNewPrivileges whether execve may no longer give privileges
 * @param apparmorProfile name of a loaded AppArmor profile
 * @param oomScoreAdj -1000 to 1000; absent is 0, never that of the caller
 * @param selinuxLabel SELinux label of the process
 * @param scheduler sched_setattr attributes
 * @param ioPriority ioprio_set attributes
 * @param execCPUAffinity CPU sets for an executed process, before and after it joined its cgroup
 */
@SuppressWarnings("AvoidCommonTypeNames") // the specification's own term
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Process(
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean terminal,
    @Nullable ConsoleSize consoleSize,
    User user,
    List<String> args,
    List<String> env,
    @JsonInclude(JsonInclude.Include.ALWAYS) String cwd,
    @Nullable Capabilities capabilities,
    List<Rlimit> rlimits,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean noNewPrivileges,
    @Nullable String apparmorProfile,
    @Nullable Integer oomScoreAdj,
    @Nullable String selinuxLabel,
    @Nullable Scheduler scheduler,
    @Nullable IOPriority ioPriority,
    @JsonProperty("execCPUAffinity") @Nullable ExecCpuAffinity execCPUAffinity) {
  public Process {
    user = user == null ? User.ROOT : user;
    args = Values.list(args);
    env = Values.list(env);
    cwd = cwd == null ? "" : cwd;
    rlimits = Values.list(rlimits);
    apparmorProfile = Values.text(apparmorProfile);
    selinuxLabel = Values.text(selinuxLabel);
  }

  /** The same process with these variables after its own. */
  public Process withEnvironment(List<String> more) {
    List<String> all = new ArrayList<>(env);
    all.addAll(more);
    return new Process(
        terminal,
        consoleSize,
        user,
        args,
        all,
        cwd,
        capabilities,
        rlimits,
        noNewPrivileges,
        apparmorProfile,
        oomScoreAdj,
        selinuxLabel,
        scheduler,
        ioPriority,
        execCPUAffinity);
  }

  /**
   * Size of a terminal in characters, 0 to 65535.
   *
   * @param height rows
   * @param width columns
   */
  public record ConsoleSize(int height, int width) {}
}
