package dev.carafe.runtime.cli;

import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.Status;
import dev.carafe.runtime.plan.ExecContext;
import dev.carafe.runtime.plan.ExecPlan;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.SpecValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** {@code exec}: a further process in a running container. */
final class ExecCommand {
  private static final Map<Namespace.Type, String> FILES =
      new EnumMap<>(
          Map.of(
              Namespace.Type.PID, "pid",
              Namespace.Type.NETWORK, "net",
              Namespace.Type.MOUNT, "mnt",
              Namespace.Type.IPC, "ipc",
              Namespace.Type.UTS, "uts",
              Namespace.Type.USER, "user",
              Namespace.Type.CGROUP, "cgroup",
              Namespace.Type.TIME, "time"));

  private ExecCommand() {}

  static int run(Session session, Arguments arguments) throws Exception {
    Stdio.refuseDescriptors(arguments);
    if (!arguments.values("cgroup").isEmpty()) {
      throw new Failure("--cgroup: sub-cgroups are not supported yet; leave the option out");
    }
    Container container = session.container(arguments);
    Status status = container.status();
    if (status == Status.STOPPED) {
      throw new Failure("cannot exec in a stopped container");
    }
    if (status == Status.PAUSED && !arguments.flag("ignore-paused")) {
      throw new Failure("cannot exec in a paused container (use --ignore-paused to override)");
    }
    Process process = ExecProcess.of(container.record(), arguments);
    SpecValidator.check(process);
    boolean detach = arguments.flag("detach");
    String console = Stdio.consoleSocket(arguments, process.terminal(), detach);
    ContainerRecord record = container.record();
    Plan plan = ExecPlan.compile(process, context(container));
    session
        .front()
        .launch(
            new Front.Order(
                plan,
                !detach,
                false,
                record.pid(),
                record.startTime(),
                "",
                console,
                Stdio.pidfdSocket(arguments)));
    int pid = follow(session, plan);
    PidFile.write(arguments.value("pid-file"), pid);
    if (!detach) {
      session.front().leave();
    }
    return 0;
  }

  private static ExecContext context(Container container) throws IOException {
    ContainerRecord record = container.record();
    Linux linux = Objects.requireNonNull(record.spec().linux(), "a container has a Linux part");
    LaunchContext launch =
        new LaunchContext(
            record.id(),
            record.bundle(),
            new Rootfs.Directory(record.rootfs()),
            Placement.of(container.cgroup(), List.of()),
            List.of(),
            Placements.filter(linux),
            Placements.capabilities(),
            true,
            false);
    ExecContext all = ExecContext.of(record.spec(), launch);
    return new ExecContext(
        all.id(),
        foreign(record.pid()),
        all.uidMappings(),
        all.personality(),
        all.placement(),
        all.seccomp(),
        all.ownCapabilities(),
        all.sessionKeyring());
  }

  /** Which of its namespaces are not ours. */
  private static Set<Namespace.Type> foreign(int pid) throws IOException {
    Set<Namespace.Type> types = new HashSet<>();
    for (Map.Entry<Namespace.Type, String> entry : FILES.entrySet()) {
      Path theirs = Path.of("/proc/" + pid + "/ns/" + entry.getValue());
      Path ours = Path.of("/proc/self/ns/" + entry.getValue());
      if (Files.exists(ours, java.nio.file.LinkOption.NOFOLLOW_LINKS)
          && !Files.readSymbolicLink(theirs).equals(Files.readSymbolicLink(ours))) {
        types.add(entry.getKey());
      }
    }
    return types;
  }

  private static int follow(Session session, Plan plan) throws IOException, Failure {
    while (true) {
      switch (session.front().next()) {
        case Front.Message.Running(int pid) -> {
          return pid;
        }
        case Front.Message.Failed(Front.Trouble trouble) ->
            throw new Failure(StartText.of(plan, trouble));
        case Front.Message.Warning(Front.Trouble trouble) ->
            session.log().debug(StartText.reason(plan, trouble));
        case Front.Message.Started s -> throw new IOException("an exec does not wait for a go");
        case Front.Message.Exited e -> throw new IOException("the front did not wait");
        case Front.Message.Killed k -> throw new IOException("the front killed nothing");
      }
    }
  }
}
