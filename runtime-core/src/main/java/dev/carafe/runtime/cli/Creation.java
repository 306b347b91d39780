package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.container.ProcessStat;
import dev.carafe.runtime.plan.ContainerHooks;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.LinuxResources.Pids;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Seccomp;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A claimed container on its way to its program. */
final class Creation {
  private static final Hooks NO_HOOKS =
      new Hooks(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private static final String NOTHING_HOLDS_IT =
      "Creating a rootless container with no cgroup and no private pid namespace. Such"
          + " configuration is strongly discouraged: nothing tells its processes from others when"
          + " they are to be killed";

  /** More than the processes of a launch. */
  private static final long LAUNCH_TASKS = 4;

  private final Session session;
  private final Arguments arguments;
  private final boolean create;
  private final boolean detach;
  private final String id;
  private final ContainerStore store;
  private final Notify notify;

  /**
   * What is made next.
   *
   * @param create whether its program waits for start
   * @param detach whether nobody waits for its end
   */
  Creation(Session session, Arguments arguments, String id, boolean create, boolean detach)
      throws ContainerException {
    this.session = session;
    this.arguments = arguments;
    this.create = create;
    this.detach = detach;
    this.id = id;
    this.store = session.store();
    this.notify = new Notify(session, id);
  }

  int make(Bundle bundle, String console) throws Exception {
    Spec spec = bundle.spec();
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    Cgroups cgroups = Cgroups.of(session, spec, id);
    Cgroup cgroup = cgroups.open();
    boolean found = cgroup.exists();
    ContainerRecord record = record(bundle, linux, cgroups, !found);
    refuseBusy(cgroup);
    cgroup.requireThawed();
    if (cgroups.path().isEmpty() && !record.ownPids()) {
      session.log().warning(NOTHING_HOLDS_IT);
    }
    if (!found) {
      store.write(record);
    }
    LinuxResources resources = linux.resources() == null ? LinuxResources.NONE : linux.resources();
    Pids later = fewTasks(resources);
    resources = later == null ? resources : resources.with((Pids) null);
    boolean held = cgroups.driver().needsHolder(cgroups.path());
    if (!held) {
      fill(cgroups, resources, 0);
    }
    if (found) {
      store.write(record);
    }
    List<Path> rdtTasks = Rdt.assign(session, spec, id);
    Plan plan = compile(bundle, notify.prepare(spec), Placement.of(cgroup, rdtTasks), record);
    FrontLaunch.Order order = order(plan, linux, record, console, held);
    LinuxResources first = resources;
    return follow(order, record, hooks(spec), later, pid -> fill(cgroups, first, pid));
  }

  /** Before there is a record by which delete would end these processes. */
  private static void refuseBusy(Cgroup cgroup) throws Failure {
    List<Integer> processes = cgroup.procs();
    if (!processes.isEmpty()) {
      throw new Failure(
          "container's cgroup is not empty: " + cgroup.path() + " has the processes " + processes);
    }
  }

  /** A limit that leaves no room for the launcher beside the init that it forks. */
  private static @Nullable Pids fewTasks(LinuxResources resources) {
    Pids pids = resources.pids();
    boolean few =
        pids != null && pids.limit() != null && pids.limit() >= 0 && pids.limit() < LAUNCH_TASKS;
    return few ? pids : null;
  }

  /** Limits are in force when this returns, and the holder is inside. */
  private void fill(Cgroups cgroups, LinuxResources resources, int holder) throws Failure {
    if (cgroups.path().isEmpty()) {
      return;
    }
    cgroups.make(resources, holder).notEnforced().forEach(session.log()::debug);
  }

  /** Does what a held launcher waits for. */
  @FunctionalInterface
  private interface Mover {
    void move(int pid) throws Failure;
  }

  private ContainerRecord record(Bundle bundle, Linux linux, Cgroups cgroups, boolean owned) {
    Namespace pids = linux.namespace(Namespace.Type.PID);
    return new ContainerRecord(
        id,
        0,
        0,
        Instant.now(),
        bundle.path().toString(),
        bundle.rootfs().toString(),
        cgroups.path(),
        owned,
        cgroups.bus(),
        pids != null && pids.path() == null,
        bundle.spec().annotations());
  }

  private static Hooks hooks(Spec spec) {
    return spec.hooks() == null ? NO_HOOKS : spec.hooks();
  }

  private FrontLaunch.Order order(
      Plan plan, Linux linux, ContainerRecord record, String console, boolean held)
      throws Failure, ContainerException {
    Seccomp seccomp = linux.seccomp();
    String agent = seccomp == null || seccomp.listenerPath() == null ? "" : seccomp.listenerPath();
    return new FrontLaunch.Order(
        detach ? plan : plan.withPlainLines(),
        !detach,
        !detach && !arguments.flag("no-subreaper"),
        held,
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

  private Process completed(Process process, Bundle bundle) throws IOException, Failure {
    Stdio.check(session.log(), process);
    Process atHome = HomeVariable.in(process, bundle.rootfs(), session.front());
    return Stdio.activated(session.caller(), atHome);
  }

  private Plan compile(Bundle bundle, Spec spec, Placement placement, ContainerRecord record)
      throws SpecException, ContainerException, Failure, IOException {
    Process process = spec.process();
    return PlanCompiler.compile(
        process == null ? spec : spec.with(completed(process, bundle)),
        new LaunchContext(
            id,
            bundle.path().toString(),
            new Rootfs.Directory(bundle.rootfs().toString()),
            placement,
            Placements.hierarchies(session, record.cgroup()),
            Placements.filter(session, Objects.requireNonNull(spec.linux(), "valid")),
            Placements.capabilities(session.caller()),
            !arguments.flag("no-new-keyring"),
            !arguments.flag("no-pivot"),
            true,
            create ? store.fifo(id).toString() : null,
            ContainerHooks.of(
                spec.hooks(),
                HookState.parts(record, "creating"),
                HookState.parts(record, "created")),
            Rootless.privilege(session, spec)));
  }

  private int follow(
      FrontLaunch.Order order,
      ContainerRecord record,
      Hooks hooks,
      @Nullable Pids later,
      Mover mover)
      throws Exception {
    FrontLaunch.Listener listener =
        new FrontLaunch.Listener() {
          @Override
          public void held(int pid) throws Failure {
            mover.move(pid);
          }

          @Override
          public void started(int pid) throws Exception {
            if (later != null) {
              store.load(id).cgroup().update(LinuxResources.NONE.with(later));
            }
            StartLog.isInside(session.log());
            inside(pid, record, hooks);
          }

          @Override
          public void warning(FrontLaunch.Trouble trouble) {
            session.log().debug(() -> StartText.reason(order.plan(), trouble));
          }
        };
    if (!create) {
      notify.open();
    }
    try {
      StartLog.begins(session.log(), order.plan());
      int pid = session.front().launch(order, listener);
      StartLog.initIsReady(session.log());
      return running(pid, hooks);
    } catch (FrontLaunch.LaunchException e) {
      if (StartText.hasNoInterpreter(e.trouble())) {
        throw Failure.ofInit(StartText.reason(order.plan(), e.trouble()));
      }
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
      notify.await(store.load(id).record());
      return 0;
    }
    int code = session.front().watch();
    if (!arguments.flag("keep")) {
      new Destruction(session).destroy(store.load(id));
    }
    return code;
  }
}
