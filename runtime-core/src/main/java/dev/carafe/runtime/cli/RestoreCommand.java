package dev.carafe.runtime.cli;

import dev.carafe.runtime.cgroup.Cgroup;
import dev.carafe.runtime.checkpoint.ContainerRestore;
import dev.carafe.runtime.checkpoint.CriuException;
import dev.carafe.runtime.checkpoint.CriuProgram;
import dev.carafe.runtime.checkpoint.MountPoints;
import dev.carafe.runtime.container.ContainerException;
import dev.carafe.runtime.container.ContainerRecord;
import dev.carafe.runtime.container.ContainerStore;
import dev.carafe.runtime.container.ProcessStat;
import dev.carafe.runtime.linux.Mounts;
import dev.carafe.runtime.plan.CgroupHierarchy;
import dev.carafe.runtime.spec.Hooks;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code restore}: a container from the files of a checkpoint, by CRIU. */
final class RestoreCommand {
  static final List<Option> OPTIONS = options();

  private final Session session;
  private final Arguments arguments;
  private final boolean detach;
  private final String id;
  private final ContainerStore store;

  private RestoreCommand(Session session, Arguments arguments) {
    this.session = session;
    this.arguments = arguments;
    this.detach = arguments.flag("detach");
    this.id = arguments.positional().getFirst();
    this.store = session.store();
  }

  private static List<Option> options() {
    List<Option> options = new ArrayList<>(CriuArguments.COMMON);
    options.addAll(
        List.of(
            Option.value("bundle", "b", "directory of the bundle (default: the current one)"),
            Option.value("console-socket", "Unix socket that receives the terminal's master"),
            Option.flag("detach", "d", "do not wait for the process"),
            Option.value("pid-file", "file that gets the process id"),
            Option.flag("no-subreaper", "leave orphans of the container to the next subreaper"),
            Option.flag("no-pivot", "do not use pivot_root"),
            Option.value("lsm-profile", "TYPE:NAME of the profile to restore under"),
            Option.value("lsm-mount-context", "SELinux context of the restored mounts")));
    return List.copyOf(options);
  }

  static int run(Session session, Arguments arguments) throws Exception {
    return new RestoreCommand(session, arguments).execute();
  }

  private int execute() throws Exception {
    CriuArguments.requireRoot(session);
    if (arguments.flag("no-pivot")) {
      throw new Failure("--no-pivot: not supported; criu changes the root by itself");
    }
    Bundle bundle = Bundle.read(session, arguments.value("bundle", ""));
    Process process = bundle.spec().process();
    boolean terminal = process != null && process.terminal();
    String console = Stdio.consoleSocket(session.caller(), arguments, terminal, detach);
    Path images = CriuArguments.images(session, arguments);
    if (!Files.isDirectory(images)) {
      throw new Failure("--image-path " + images + ": no such directory");
    }
    store.claim(id);
    try {
      store.keep(id, bundle.json());
      return finish(restore(bundle, images, console));
    } catch (CriuException e) {
      Destruction.undo(session, id);
      throw CriuArguments.explained(session, e);
    } catch (Exception e) {
      Destruction.undo(session, id);
      throw e;
    }
  }

  private int restore(Bundle bundle, Path images, String console) throws Exception {
    Spec spec = bundle.spec();
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    Cgroups cgroups = Cgroups.of(session, spec, id);
    ContainerRecord record = record(bundle, linux, cgroups, !cgroups.open().exists());
    store.write(record);
    List<Path> rdtTasks = Rdt.assign(session, spec, id);
    Path root = Files.createDirectories(store.directory(id).resolve("criu-root"));
    Mounts.bind(bundle.rootfs(), root);
    try {
      MountPoints.make(root, spec);
      String work = arguments.value("work-path", "");
      ContainerRestore restore =
          new ContainerRestore(
              spec,
              CgroupHierarchy.all(store.layout(), cgroups.path()),
              root,
              images,
              work.isEmpty() ? images : Files.createDirectories(session.caller().resolve(work)),
              CriuArguments.options(session, arguments, spec));
      return converse(restore, record, cgroups, rdtTasks, console);
    } finally {
      Mounts.detach(root);
    }
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

  /** What criu forks inherits the cgroup and the class that it stands in. */
  private int converse(
      ContainerRestore restore,
      ContainerRecord record,
      Cgroups cgroups,
      List<Path> rdtTasks,
      String console)
      throws Exception {
    List<String> command = CriuArguments.command(session);
    int version = CriuProgram.version(CriuArguments.starter(session));
    FrontCriu criu =
        session
            .front()
            .criu(
                !detach,
                !detach && !arguments.flag("no-subreaper"),
                console,
                command,
                restore.files());
    try (criu) {
      enter(cgroups, restore.spec(), criu.pid());
      for (Path tasks : rdtTasks) {
        Files.writeString(tasks, Integer.toString(criu.pid()));
      }
      int pid = restore.execute(criu, version, (script, init) -> at(script, init, restore, record));
      criu.adopt(pid);
      return pid;
    }
  }

  private static void enter(Cgroups cgroups, Spec spec, int criu) throws Failure {
    Linux linux = Objects.requireNonNull(spec.linux(), "a valid configuration has a Linux part");
    LinuxResources limits = linux.resources();
    Cgroup cgroup = cgroups.make(limits == null ? LinuxResources.NONE : limits, criu);
    if (!cgroups.driver().needsHolder(cgroups.path())) {
      cgroup.add(criu);
    }
  }

  private void at(String script, int pid, ContainerRestore restore, ContainerRecord record)
      throws Exception {
    if (script.equals("setup-namespaces")) {
      Hooks hooks = restore.spec().hooks();
      if (hooks != null) {
        HookRunner runner = new HookRunner(session.front());
        runner.run("prestart", hooks.prestart(), record, "creating", pid);
        runner.run("createRuntime", hooks.createRuntime(), record, "creating", pid);
      }
    } else if (script.equals("post-restore")) {
      ProcessStat stat = ProcessStat.of(pid);
      if (stat == null) {
        throw new Failure("unable to restore container process: its init was killed");
      }
      store.write(record.started(pid, stat.startTime()));
    }
  }

  private int finish(int pid) throws Exception {
    try {
      PidFile.write(session.caller(), arguments.value("pid-file"), pid);
    } catch (IOException e) {
      store.load(id).killInit(session.front()::kill);
      throw e;
    }
    if (detach) {
      return 0;
    }
    int code = session.front().watch();
    try {
      new Destruction(session).destroy(store.load(id));
    } catch (ContainerException gone) {
      // Deleted by somebody else meanwhile.
      session.log().debug("container " + id + ": " + gone.getMessage());
    }
    return code;
  }
}
