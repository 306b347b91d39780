package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.cgroup.FsCgroupDriver;
import dev.carafe.runtime.container.Container;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.container.ProcessStat;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.plan.LaunchContext;
import dev.carafe.runtime.plan.Placement;
import dev.carafe.runtime.plan.Plan;
import dev.carafe.runtime.plan.PlanCompiler;
import dev.carafe.runtime.plan.Rootfs;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Process;
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

  private int execute() throws Exception {
    Stdio.refuseDescriptors(arguments);
    if (arguments.flag("no-pivot")) {
      throw new Failure(
          "--no-pivot: not supported; use a root file system that pivot_root can take");
    }
    Bundle bundle = Bundle.read(arguments.value("bundle", ""));
    Process process = bundle.spec().process();
    boolean terminal = process != null && process.terminal();
    String console = Stdio.consoleSocket(arguments, terminal, detach);
    store.claim(id);
    try {
      return make(bundle, console);
    } catch (Exception e) {
      undo();
      throw e;
    }
  }

  /** What can't be removed stays on record for delete. */
  private void undo() {
    try {
      store.load(id).destroy();
    } catch (ContainerException noRecord) {
      removeDirectory();
    } catch (IOException | RuntimeException e) {
      session.log().debug("cannot remove container " + id + ": " + e.getMessage());
    }
  }

  private void removeDirectory() {
    try {
      store.remove(id);
    } catch (ContainerException | IOException e) {
      session.log().debug("cannot remove container " + id + ": " + e.getMessage());
    }
  }

  private int make(Bundle bundle, String console) throws Exception {
    Spec spec = bundle.spec();
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    String path = Placements.cgroupPath(store.layout(), linux.cgroupsPath(), id);
    FsCgroupDriver driver = new FsCgroupDriver(store.layout());
    boolean found = driver.open(path, false).exists();
    ContainerRecord record =
        new ContainerRecord(
            id,
            0,
            0,
            Instant.now(),
            bundle.path().toString(),
            bundle.rootfs().toString(),
            path,
            !found,
            spec);
    if (found && driver.open(path, false).frozen()) {
      throw new Failure("container's cgroup unexpectedly frozen");
    }
    if (!found) {
      store.write(record);
    }
    LinuxResources resources = linux.resources() == null ? NO_LIMITS : linux.resources();
    Cgroup cgroup = driver.create(path, resources);
    if (found) {
      store.write(record);
    }
    cgroup.notEnforced().forEach(session.log()::debug);
    Plan plan = compile(bundle, linux, cgroup);
    session
        .front()
        .launch(
            new Front.Order(
                plan,
                !detach,
                !detach && !arguments.flag("no-subreaper"),
                0,
                0,
                create ? store.fifo(id).toString() : "",
                console,
                Stdio.pidfdSocket(arguments)));
    return follow(plan, record);
  }

  private Plan compile(Bundle bundle, Linux linux, Cgroup cgroup)
      throws SpecException, ContainerException {
    Path fifo = store.fifo(id);
    return PlanCompiler.compile(
        bundle.spec(),
        new LaunchContext(
            id,
            bundle.path().toString(),
            new Rootfs.Directory(bundle.rootfs().toString()),
            Placement.of(cgroup, List.of()),
            CgroupHierarchy.all(store.layout(), cgroup.path()),
            Placements.filter(linux),
            Placements.capabilities(),
            !arguments.flag("no-new-keyring"),
            true,
            create ? fifo.toString() : null));
  }

  private int follow(Plan plan, ContainerRecord record) throws Exception {
    Front front = session.front();
    while (true) {
      switch (front.next()) {
        case Front.Message.Started(int pid) -> {
          ProcessStat stat = ProcessStat.of(pid);
          if (stat == null) {
            throw new Failure("unable to start container process: its init was killed");
          }
          store.write(record.started(pid, stat.startTime()));
          front.go();
        }
        case Front.Message.Running(int pid) -> {
          return running(pid);
        }
        case Front.Message.Failed(Front.Trouble trouble) ->
            throw new Failure(StartText.of(plan, trouble));
        case Front.Message.Warning(Front.Trouble trouble) ->
            session.log().debug(StartText.reason(plan, trouble));
        case Front.Message.Exited e -> throw new IOException("the front did not wait");
        case Front.Message.Killed k -> throw new IOException("the front killed nothing");
      }
    }
  }

  private int running(int pid) throws Exception {
    try {
      PidFile.write(arguments.value("pid-file"), pid);
    } catch (IOException e) {
      store.load(id).killInit(session.front()::kill);
      throw e;
    }
    if (detach) {
      return 0;
    }
    int code = session.front().watch();
    if (!arguments.flag("keep")) {
      Container container = store.load(id);
      container.destroy();
    }
    return code;
  }
}
