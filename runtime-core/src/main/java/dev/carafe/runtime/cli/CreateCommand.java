package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.container.ProcessStat;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.plan.ContainerHooks;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.PlanPrinter;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** {@code create} and {@code run}: a container from a bundle. */
final class CreateCommand {
  private static final LinuxResources NO_LIMITS =
      new LinuxResources(List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of());
  private static final Hooks NO_HOOKS =
      new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private final Session session;
  private final Arguments arguments;
  private final boolean create;
  private final boolean detach;
  private final String id;
  private final ContainerStore store;

  private CreateCommand(Session session, Arguments arguments, boolean create) {
    this.session = session;
    this.arguments = arguments;
    this.create = create;
    this.detach = create || arguments.flag("detach");
    this.id = arguments.positional().getFirst();
    this.store = session.store();
  }

  static int create(Session session, Arguments arguments) throws Exception {
    return new CreateCommand(session, arguments, true).execute();
  }

  static int run(Session session, Arguments arguments) throws Exception {
    return new CreateCommand(session, arguments, false).execute();
  }

  /** Prints what would be executed; nothing is made. */
  static int plan(Session session, Arguments arguments) throws Exception {
    List<String> words = arguments.positional();
    Bundle bundle = Bundle.read(session.caller(), words.isEmpty() ? "" : words.getFirst());
    Linux linux = Objects.requireNonNull(bundle.spec().linux(), "valid");
    ContainerStore store = session.store();
    String path =
        Placements.cgroupPath(store.layout(), session.caller(), linux.cgroupsPath(), "ID");
    Plan plan =
        PlanCompiler.compile(
            bundle.spec(),
            new LaunchContext(
                "ID",
                bundle.path().toString(),
                new Rootfs.Directory(bundle.rootfs().toString()),
                Placement.of(new FsCgroupDriver(store.layout()).open(path, false), List.of()),
                CgroupHierarchy.all(store.layout(), path),
                Placements.filter(linux),
                Placements.capabilities(session.caller()),
                true,
                true));
    session.out().print(PlanPrinter.print(plan));
    return 0;
  }

  private int execute() throws Exception {
    if (arguments.flag("no-pivot")) {
      throw new Failure(
          "--no-pivot: not supported; use a root file system that pivot_root can take");
    }
    Bundle bundle = Bundle.read(session.caller(), arguments.value("bundle", ""));
    Process process = bundle.spec().process();
    boolean terminal = process != null && process.terminal();
    String console = Stdio.consoleSocket(session.caller(), arguments, terminal, detach);
    store.claim(id);
    try {
      store.keep(id, bundle.json());
      return make(bundle, console);
    } catch (Exception e) {
      Destruction.undo(session, id);
      throw e;
    }
  }

  private int make(Bundle bundle, String console) throws Exception {
    Spec spec = bundle.spec();
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    String path = Placements.cgroupPath(store.layout(), session.caller(), linux.cgroupsPath(), id);
    FsCgroupDriver driver = new FsCgroupDriver(store.layout());
    boolean found = driver.open(path, false).exists();
    ContainerRecord record = record(bundle, linux, path, !found);
    if (!found) {
      store.write(record);
    }
    LinuxResources resources = linux.resources() == null ? NO_LIMITS : linux.resources();
    Cgroup cgroup = driver.create(path, resources);
    if (found) {
      store.write(record);
    }
    cgroup.notEnforced().forEach(session.log()::debug);
    List<Path> rdtTasks = Rdt.assign(session, spec, id);
    Plan plan = compile(bundle, linux, Placement.of(cgroup, rdtTasks), record);
    return follow(order(plan, linux, record, console), record, hooks(spec));
  }

  private ContainerRecord record(Bundle bundle, Linux linux, String cgroup, boolean owned) {
    Namespace pids = linux.namespace(Namespace.Type.PID);
    return new ContainerRecord(
        id,
        0,
        0,
        Instant.now(),
        bundle.path().toString(),
        bundle.rootfs().toString(),
        cgroup,
        owned,
        pids != null && pids.path() == null,
        bundle.spec().annotations());
  }

  private static Hooks hooks(Spec spec) {
    return spec.hooks() == null ? NO_HOOKS : spec.hooks();
  }

  private Front.Order order(Plan plan, Linux linux, ContainerRecord record, String console)
      throws Failure, ContainerException {
    Seccomp seccomp = linux.seccomp();
    String agent = seccomp == null || seccomp.listenerPath() == null ? "" : seccomp.listenerPath();
    return new Front.Order(
        plan,
        !detach,
        !detach && !arguments.flag("no-subreaper"),
        0,
        0,
        create ? store.fifo(id).toString() : "",
        console,
        Stdio.pidfdSocket(session.caller(), arguments),
        Stdio.descriptors(session.caller(), arguments),
        agent,
        seccomp == null || agent.isEmpty()
            ? List.of()
            : HookState.seccomp(record, seccomp, "creating", 0));
  }

  private Process completed(Process process, Bundle bundle) {
    return Stdio.activated(session.caller(), HomeVariable.in(process, bundle.rootfs()));
  }

  private Plan compile(Bundle bundle, Linux linux, Placement placement, ContainerRecord record)
      throws SpecException, ContainerException {
    Spec spec = bundle.spec();
    Process process = spec.process();
    return PlanCompiler.compile(
        process == null ? spec : spec.with(completed(process, bundle)),
        new LaunchContext(
            id,
            bundle.path().toString(),
            new Rootfs.Directory(bundle.rootfs().toString()),
            placement,
            CgroupHierarchy.all(store.layout(), record.cgroup()),
            Placements.filter(linux),
            Placements.capabilities(session.caller()),
            !arguments.flag("no-new-keyring"),
            true,
            create ? store.fifo(id).toString() : null,
            ContainerHooks.of(
                spec.hooks(),
                HookState.parts(record, "creating"),
                HookState.parts(record, "created"))));
  }

  private int follow(Front.Order order, ContainerRecord record, Hooks hooks) throws Exception {
    Front.Listener listener =
        new Front.Listener() {
          @Override
          public void started(int pid) throws Exception {
            inside(pid, record, hooks);
          }

          @Override
          public void warning(Front.Trouble trouble) {
            session.log().debug(() -> StartText.reason(order.plan(), trouble));
          }
        };
    try {
      return running(session.front().launch(order, listener), hooks);
    } catch (Front.LaunchException e) {
      throw new Failure(StartText.of(order.plan(), e.trouble()), e);
    }
  }

  /** The container's namespaces and mounts are there, its root has not changed yet. */
  private void inside(int pid, ContainerRecord record, Hooks hooks) throws Exception {
    ProcessStat stat = ProcessStat.of(pid);
    if (stat == null) {
      throw new Failure("unable to start container process: its init was killed");
    }
    ContainerRecord started = record.started(pid, stat.startTime());
    store.write(started);
    HookRunner runner = new HookRunner(session.front());
    runner.run("prestart", hooks.prestart(), started, "creating", pid);
    runner.run("createRuntime", hooks.createRuntime(), started, "creating", pid);
  }

  private int running(int pid, Hooks hooks) throws Exception {
    try {
      PidFile.write(session.caller(), arguments.value("pid-file"), pid);
      if (!create) {
        new HookRunner(session.front())
            .run("poststart", hooks.poststart(), store.load(id).record(), "running", pid);
      }
    } catch (IOException | Failure e) {
      store.load(id).killInit(session.front()::kill);
      throw e;
    }
    if (detach) {
      return 0;
    }
    int code = session.front().watch();
    if (!arguments.flag("keep")) {
      new Destruction(session).destroy(store.load(id));
    }
    return code;
  }
}
