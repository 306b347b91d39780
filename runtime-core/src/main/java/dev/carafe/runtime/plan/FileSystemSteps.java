package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.SpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** New file systems, and changes of those that are mounted. */
final class FileSystemSteps {
  /**
   * File systems whose superblock is shared with others, or is the container's own in any case:
   * read-only is the mount's attribute only.
   */
  private static final Set<String> VIRTUAL =
      Set.of("tmpfs", "proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "devtmpfs");

  /**
   * The kernel labels these itself; an mqueue's superblock is its IPC namespace's, made without a
   * label before anybody mounts it, and another one is EINVAL.
   */
  private static final Set<String> UNLABELLED =
      Set.of("proc", "sysfs", "cgroup", "cgroup2", "mqueue");

  private final PlanBuilder plan;
  private final Linux linux;
  private final List<Integer> readOnlyLater = new ArrayList<>();

  FileSystemSteps(PlanBuilder plan, Linux linux) {
    this.plan = plan;
    this.linux = linux;
  }

  /** Makes one and puts it in its place. */
  void attach(int root, MountPlan mount) throws SpecException {
    String type =
        "cgroup".equals(mount.mount().type()) ? "cgroup2" : String.valueOf(mount.mount().type());
    MountOptions options = mount.options();
    boolean later = type.equals("tmpfs") && (options.set() & MountAttr.RDONLY) != 0;
    long attributes = later ? options.set() & ~MountAttr.RDONLY : options.set();
    int slot = plan.slot();
    List<Op.Pair> superblock = superblock(type, mount);
    attributes |= options.deepSet();
    plan.add(
        takesModeOfTarget(type, options)
            ? new Op.Tmpfs(slot, root, mount.target(), superblock, attributes)
            : new Op.Fsmount(slot, type, superblock, attributes));
    for (MountOptions.Propagation propagation : options.propagations()) {
      plan.add(new Op.Setattr(slot, 0, 0, propagation.type(), Op.NONE, propagation.recursive()));
    }
    if (options.copyUp()) {
      plan.add(new Op.CopyUp(slot, root, mount.target()));
    }
    boolean kernels = type.equals("proc") || type.equals("sysfs");
    place(root, slot, mount.target(), kernels ? OpFlags.ATTACH_REAL_DIRECTORY : 0);
    close(slot, later);
  }

  /** What is copied up brings its own. */
  private static boolean takesModeOfTarget(String type, MountOptions options) {
    return type.equals("tmpfs")
        && !options.copyUp()
        && options.data().stream().noneMatch(option -> option.startsWith("mode="));
  }

  /**
   * With bind it is the mount that changes, else its file system as well (mount(2), MS_REMOUNT).
   */
  void remount(int root, MountPlan mount) {
    MountOptions options = mount.options();
    List<Op.Pair> data = new ArrayList<>();
    if (!options.bind()) {
      options.superFlags().forEach(flag -> data.add(new Op.Pair(flag, "")));
      data.add(new Op.Pair((options.set() & MountAttr.RDONLY) != 0 ? "ro" : "rw", ""));
      options.data().forEach(option -> data.add(Op.Pair.of(option)));
    }
    long clear = options.clear() & ~(options.set() & ~MountAttr.ATIME_MASK);
    plan.add(new Op.Remount(root, mount.target(), options.set(), clear, !options.bind(), data));
  }

  private List<Op.Pair> superblock(String type, MountPlan mount) {
    List<Op.Pair> pairs = new ArrayList<>();
    String source = mount.mount().source();
    pairs.add(new Op.Pair("source", source == null ? type : source));
    mount.options().superFlags().forEach(flag -> pairs.add(new Op.Pair(flag, "")));
    if (!VIRTUAL.contains(type) && (mount.options().set() & MountAttr.RDONLY) != 0) {
      pairs.add(new Op.Pair("ro", ""));
    }
    for (String option : mount.options().data()) {
      pairs.add(Op.Pair.of(option));
    }
    return labelled(type, pairs);
  }

  /** A file system's options with the configuration's label, if it takes one. */
  List<Op.Pair> labelled(String type, List<Op.Pair> pairs) {
    if (linux.mountLabel() != null && !UNLABELLED.contains(type)) {
      pairs.add(new Op.Pair("context", linux.mountLabel()));
    }
    return pairs;
  }

  /** An empty file system where nothing can be made. */
  void empty(int root, MountPlan mount) throws SpecException {
    int slot = plan.slot();
    long attributes = MountAttr.RDONLY | MountAttr.NOSUID | MountAttr.NODEV | MountAttr.NOEXEC;
    List<Op.Pair> options = List.of(new Op.Pair("source", "tmpfs"), new Op.Pair("mode", "555"));
    plan.add(new Op.Fsmount(slot, "tmpfs", options, attributes));
    place(root, slot, mount.target(), OpFlags.ATTACH_REAL_DIRECTORY);
    plan.close(slot);
  }

  /** Puts a file system in a directory, which is made. */
  void place(int root, int slot, String target, long flags) {
    plan.add(
        new Op.Attach(
            slot, root, target, OpFlags.CREATE_DIRECTORY, MountSteps.DIRECTORY_MODE, flags));
  }

  /** A file system is ready, but for being read-only once all is made that lies in it. */
  void close(int slot, boolean readOnly) {
    if (readOnly) {
      readOnlyLater.add(slot);
    } else {
      plan.close(slot);
    }
  }

  /** Read-only tmpfs become so only now: what is mounted in them had to be made. */
  void finish() {
    for (int slot : readOnlyLater) {
      plan.add(new Op.Setattr(slot, MountAttr.RDONLY, 0, 0, Op.NONE, false));
      plan.close(slot);
    }
  }
}
