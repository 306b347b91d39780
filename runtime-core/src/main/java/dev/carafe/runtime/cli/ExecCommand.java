package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.CgroupLayout;
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
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.Spec;
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
    SubCgroups sub = SubCgroups.parse(arguments.values("cgroup"));
    Container container = session.container(arguments);
    Status status = container.status();
    if (status == Status.STOPPED) {
      throw new Failure("cannot exec in a stopped container");
    }
    if (status == Status.PAUSED && !arguments.flag("ignore-paused")) {
      throw new Failure("cannot exec in a paused container (use --ignore-paused to override)");
    }
    Spec spec = container.spec();
    Process given = ExecProcess.of(spec, session.caller(), arguments);
    SpecValidator.check(given);
    if (session.settings().identity().uid() != 0) {
      SpecValidator.checkRootless(given);
    }
    Stdio.check(session.log(), given);
    Path root = Path.of("/proc/" + container.record().pid() + "/root");
    Process process = HomeVariable.in(given, root, session.front());
    boolean detach = arguments.flag("detach");
    String console = Stdio.consoleSocket(session.caller(), arguments, process.terminal(), detach);
    Plan plan = ExecPlan.compile(process, context(session, container, spec, sub));
    int pid = launch(session, order(session, arguments, container.record(), spec, plan, console));
    PidFile.write(session.caller(), arguments.value("pid-file"), pid);
    if (!detach) {
      session.front().leave();
    }
    return 0;
  }

  private static FrontLaunch.Order order(
      Session session,
      Arguments arguments,
      ContainerRecord record,
      Spec spec,
      Plan plan,
      String console)
      throws Failure {
    Seccomp seccomp = spec.linux() == null ? null : spec.linux().seccomp();
    String agent = seccomp == null || seccomp.listenerPath() == null ? "" : seccomp.listenerPath();
    return new FrontLaunch.Order(
        arguments.flag("detach") ? plan : plan.withPlainLines(),
        !arguments.flag("detach"),
        false,
        false,
        record.pid(),
        record.startTime(),
        "",
        console,
        Stdio.pidfdSocket(session.caller(), arguments),
        Stdio.descriptors(session.caller(), arguments),
        agent,
        seccomp == null || agent.isEmpty()
            ? List.of()
            : HookState.seccomp(record, seccomp, "running", record.pid()));
  }

  private static ExecContext context(
      Session session, Container container, Spec spec, SubCgroups sub) throws IOException, Failure {
    ContainerRecord record = container.record();
    Linux linux = Objects.requireNonNull(spec.linux(), "a container has a Linux part");
    LaunchContext launch =
        new LaunchContext(
            record.id(),
            record.bundle(),
            new Rootfs.Directory(record.rootfs()),
            placement(session, container, spec, sub),
            List.of(),
            Placements.filter(session, linux),
            Placements.capabilities(session.caller()),
            true,
            false);
    ExecContext all = ExecContext.of(spec, launch);
    return new ExecContext(
        all.id(),
        foreign(record.pid()),
        all.uidMappings(),
        all.personality(),
        all.memoryPolicy(),
        all.placement(),
        all.seccomp(),
        all.ownCapabilities(),
        all.sessionKeyring(),
        Rootless.toJoin(session));
  }

  /** Without the cgroup where a user may not move to it from his own, as with runc. */
  private static Placement placement(
      Session session, Container container, Spec spec, SubCgroups sub) throws IOException, Failure {
    ContainerRecord record = container.record();
    CgroupLayout layout = container.driver().layout();
    String cgroup = record.cgroup().isEmpty() ? "/" : record.cgroup();
    Placement placement =
        sub.placement(
            layout,
            cgroup,
            SubCgroups.unifiedOf(Files.readAllLines(Path.of("/proc/" + record.pid() + "/cgroup"))),
            Rdt.find(session, spec, record.id()));
    if (!session.settings().lenient()
        || !sub.paths().isEmpty()
        || Placements.mayJoin(layout, session.caller(), cgroup)) {
      return placement;
    }
    session.log().debug("the process stays in its caller's cgroup: " + cgroup + " is out of reach");
    return new Placement(null, List.of(), placement.rdtTasksFiles());
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

  private static int launch(Session session, FrontLaunch.Order order) throws Exception {
    FrontLaunch.Listener listener =
        new FrontLaunch.Listener() {
          @Override
          public void started(int pid) throws IOException {
            throw new IOException("an exec does not wait for a go");
          }

          @Override
          public void warning(FrontLaunch.Trouble trouble) {
            session.log().debug(() -> StartText.reason(order.plan(), trouble));
          }
        };
    try {
      StartLog.begins(session.log(), order.plan());
      int pid = session.front().launch(order, listener);
      StartLog.isInside(session.log());
      StartLog.runs(session.log());
      return pid;
    } catch (FrontLaunch.LaunchException e) {
      throw new Failure(StartText.of(order.plan(), e.trouble()), e);
    }
  }
}
