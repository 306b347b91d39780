package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Namespace;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles a configuration into the plan that makes its container. A pure function: it looks at
 * nothing but its arguments. The configuration is taken as valid (see SpecValidator); what this
 * runtime can't do is a SpecException that names the field.
 *
 * <p>The order of operations. On the host: cgroups and resctrl groups joined; what needs the host's
 * root (oom_score_adj, nice value, ceilings of limits); trees and namespace files opened. In a
 * private mount namespace: the root. Then the user namespace, the other namespaces, the pid
 * namespace and in it the process that becomes init. There: the mounts, devices, the change of
 * root, kernel parameters, masks, limits, credentials, the program.
 */
public final class PlanCompiler {
  /** The launcher's own when a program's environment has no PATH. */
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final PlanBuilder plan = new PlanBuilder();
  private final Spec spec;
  private final Process process;
  private final Linux linux;
  private final LaunchContext context;
  private final NamespaceSteps namespaces;
  private final MountSteps mounts;
  private final DeviceSteps devices;
  private final ProcessSteps processSteps;

  private PlanCompiler(Spec spec, Process process, Linux linux, LaunchContext context)
      throws SpecException {
    this.spec = spec;
    this.process = process;
    this.linux = linux;
    this.context = context;
    this.namespaces = new NamespaceSteps(plan, linux, context.privilege());
    this.mounts = new MountSteps(plan, spec, linux, context, namespaces);
    this.devices = new DeviceSteps(plan, linux.devices(), namespaces.inUserNamespace());
    this.processSteps =
        new ProcessSteps(
            plan,
            process,
            linux.uidMappings(),
            namespaces.has(Namespace.Type.USER),
            context.ownCapabilities(),
            context.privilege());
  }

  /**
   * The plan of a container.
   *
   * @throws SpecException when the configuration asks for what this runtime can't do
   */
  public static Plan compile(Spec spec, LaunchContext context) throws SpecException {
    Process process = spec.process();
    if (process == null) {
      throw new SpecException("process", "absent: expected the program to run");
    }
    Linux linux = spec.linux();
    if (linux == null) {
      throw new SpecException("linux", "absent: expected at least a mount namespace");
    }
    Unsupported.check(linux, context.privilege());
    return new PlanCompiler(spec, process, linux, context).compile();
  }

  private Plan compile() throws SpecException {
    ProcessSteps.place(plan, context.placement());
    processSteps.early(ProcessSteps.ALL_CPUS);
    processSteps.stdio();
    Opened opened = context.privilege().ofHost() ? onHost() : inNamespaces();
    plan.add(new Op.Attach(opened.root(), opened.place(), "/", OpFlags.CREATE_NOTHING, 0, 0));
    if (opened.place() != Op.NONE) {
      plan.close(opened.place());
    }
    namespaces.enterOrdinary();
    namespaces.forkInit();
    inside(opened);
    return plan.build();
  }

  /** Slots of what was opened before the container's init is there. */
  private record Opened(int root, int place, int nullDevice, int fifo) {}

  /** Everything is opened by the host's root; the user namespace comes after it. */
  private Opened onHost() throws SpecException {
    openTrees();
    int fifo = openStartFifo();
    int nullDevice = openNull();
    int directory = openRootDirectory();
    namespaces.open();
    mounts.prepareSources();
    namespaces.time();
    namespaces.enterMounts();
    int root = directory == Op.NONE ? overlay() : directory;
    mounts.makeLayers();
    int place = openPlace();
    CrossingSteps crossing = new CrossingSteps(plan, namespaces);
    mounts.lock(crossing);
    namespaces.enterAsHost();
    namespaces.enterUser();
    mounts.openLocked(crossing);
    return new Opened(root, place, nullDevice, fifo);
  }

  /** Who has no privileges on the host gets them by its own namespaces, so these come first. */
  private Opened inNamespaces() throws SpecException {
    int fifo = openStartFifo();
    namespaces.open();
    namespaces.enterUserAndMounts();
    openTrees();
    int nullDevice = openNull();
    int directory = openRootDirectory();
    mounts.prepareSources();
    namespaces.time();
    int root = directory == Op.NONE ? overlay() : directory;
    mounts.makeLayers();
    return new Opened(root, openPlace(), nullDevice, fifo);
  }

  private void openTrees() throws SpecException {
    mounts.openSources();
    if (!mounts.bindsDev()) {
      devices.openSources();
    }
  }

  /** For reading and writing: then neither opening it nor its last writer's end means anything. */
  private int openStartFifo() throws SpecException {
    if (context.startFifo() == null) {
      return Op.NONE;
    }
    int slot = plan.slot();
    long flags = OpFlags.OPEN_READ | OpFlags.OPEN_WRITE | OpFlags.OPEN_NOFOLLOW;
    plan.add(new Op.Open(slot, context.startFifo(), flags));
    return slot;
  }

  private int openNull() throws SpecException {
    if (linux.maskedPaths().isEmpty()) {
      return Op.NONE;
    }
    int slot = plan.slot();
    plan.add(new Op.OpenTree(slot, "/dev/null", OpFlags.TREE_CLONE));
    return slot;
  }

  /** A clone of the root directory's tree, from which nothing propagates back to the host. */
  private int openRootDirectory() throws SpecException {
    if (!(context.rootfs() instanceof Rootfs.Directory directory)) {
      return Op.NONE;
    }
    int slot = plan.slot();
    plan.add(new Op.OpenTree(slot, directory.path(), OpFlags.TREE_CLONE | OpFlags.TREE_RECURSIVE));
    long propagation =
        namespaces.propagation() == MountAttr.MS_SLAVE ? MountAttr.MS_SLAVE : MountAttr.MS_PRIVATE;
    plan.add(new Op.Setattr(slot, 0, 0, propagation, Op.NONE, true));
    return slot;
  }

  /**
   * Where the root is attached: a directory on itself, for hooks that enter the mount namespace
   * look for it there. Over everything otherwise: a chroot hides what of the host lies beside it,
   * and in a mount namespace that is joined the directory may not be.
   */
  private int openPlace() throws SpecException {
    boolean joins = namespaces.has(Namespace.Type.MOUNT) && !namespaces.isNew(Namespace.Type.MOUNT);
    if (joins || !context.pivot() || !(context.rootfs() instanceof Rootfs.Directory directory)) {
      return Op.NONE;
    }
    int slot = plan.slot();
    plan.add(new Op.RootOpen(slot, directory.path()));
    return slot;
  }

  private int overlay() throws SpecException {
    Rootfs.Overlay overlay = (Rootfs.Overlay) context.rootfs();
    List<Op.Pair> options = new ArrayList<>();
    if (linux.mountLabel() != null) {
      options.add(new Op.Pair("context", linux.mountLabel()));
    }
    int slot = plan.slot();
    plan.add(
        new Op.Overlay(
            slot,
            overlay.lowers(),
            overlay.upper(),
            overlay.work(),
            namespaces.userSlot(),
            options,
            overlay.scratch()));
    return slot;
  }

  /** What runs in the container's own init. */
  private void inside(Opened opened) throws SpecException {
    int root = opened.root();
    plan.add(new Op.Session());
    if (context.sessionKeyring()) {
      plan.add(new Op.Keyring("_ses." + context.id()));
    }
    mounts.attach(root);
    if (!mounts.bindsDev()) {
      devices.make(root, mounts.freshDev());
    }
    String cwd = Paths.normalize(process.cwd());
    if (!cwd.equals("/")) {
      plan.add(new Op.Mkdir(root, cwd, 0755, 0, 0));
    }
    if (context.park()) {
      plan.add(new Op.Park());
    }
    context.hooks().create(plan, root, process.env());
    boolean pivots = context.pivot() && namespaces.has(Namespace.Type.MOUNT);
    plan.add(pivots ? new Op.Pivot(root) : new Op.MoveRoot(root));
    processSteps.terminal(root, true);
    names();
    processSteps.labels();
    sysctl();
    mounts.finish();
    protect(root, opened.nullDevice());
    ProcessSteps.memoryPolicy(plan, linux.memoryPolicy());
    processSteps.late(Blob.EMPTY, personality(linux));
    processSteps.confine(context.seccomp());
    if (opened.fifo() != Op.NONE) {
      plan.add(new Op.ParkFifo(opened.fifo(), process.args().getFirst(), searchPath()));
    }
    context.hooks().start(plan, ProcessSteps.environment(process.env()));
    processSteps.exec();
  }

  private String searchPath() {
    return process.env().stream()
        .filter(variable -> variable.startsWith("PATH="))
        .map(variable -> variable.substring("PATH=".length()))
        .findFirst()
        .orElse(DEFAULT_PATH);
  }

  /** The number for personality(2) that a configuration asks for. */
  static long personality(Linux linux) {
    return linux.personality() == null ? Op.UNCHANGED : linux.personality().domain().number();
  }

  private void names() {
    if (spec.hostname() != null || spec.domainname() != null) {
      plan.add(
          new Op.Hostname(
              spec.hostname() == null ? "" : spec.hostname(),
              spec.domainname() == null ? "" : spec.domainname()));
    }
  }

  private void sysctl() {
    if (!linux.sysctl().isEmpty()) {
      List<Op.Pair> pairs = new ArrayList<>();
      linux.sysctl().forEach((key, value) -> pairs.add(new Op.Pair(key, value)));
      plan.add(new Op.Sysctl(pairs));
    }
  }

  /** A second mask over the first would be one mount more for each container. */
  private static List<String> distinct(List<String> paths) {
    return paths.stream().map(Paths::normalize).distinct().toList();
  }

  /** What the container may not see or change; after everything that needs its procfs whole. */
  private void protect(int root, int nullDevice) {
    if (!linux.readonlyPaths().isEmpty()) {
      plan.add(new Op.Readonly(root, linux.readonlyPaths()));
    }
    if (!linux.maskedPaths().isEmpty()) {
      plan.add(new Op.Mask(root, nullDevice, distinct(linux.maskedPaths())));
      plan.close(nullDevice);
    }
    if (spec.root() != null && spec.root().readonly()) {
      plan.add(new Op.Setattr(root, MountAttr.RDONLY, 0, 0, Op.NONE, false));
    }
    long propagation = namespaces.propagation();
    if (propagation == MountAttr.MS_SHARED || propagation == MountAttr.MS_UNBINDABLE) {
      boolean recursive = String.valueOf(linux.rootfsPropagation()).startsWith("r");
      plan.add(new Op.Propagation(propagation, recursive));
    }
    plan.close(root);
  }
}
