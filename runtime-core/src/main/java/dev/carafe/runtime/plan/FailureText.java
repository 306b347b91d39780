package dev.carafe.runtime.plan;

import dev.carafe.runtime.linux.Errno;
import dev.carafe.runtime.spec.Scheduler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns a failed operation into a sentence. */
final class FailureText {
  private final Plan plan;

  FailureText(Plan plan) {
    this.plan = plan;
  }

  String describe(int index, int errno, int item, String detail) {
    if (index < 0 || index >= plan.steps().size()) {
      return "the launcher failed" + reason(errno, detail);
    }
    Op op = plan.steps().get(index).op();
    String what = what(op, index, item);
    String place = what.contains(detail) ? "" : detail;
    return what + rule(op, errno) + reason(errno, place) + origin(op, index);
  }

  /** The rule that was broken, in the words by which callers know it. */
  private static String rule(Op op, int errno) {
    if (mustBeDirectory(op, errno)) {
      return " must be mounted on ordinary directory";
    }
    // sched(7): a task with a deadline may run on every CPU of its domain.
    return op instanceof Op.Scheduler scheduler
            && scheduler.policy() == Scheduler.Policy.SCHED_DEADLINE.number()
            && errno == Errno.EPERM.number()
        ? " (process scheduler can't be used together with AllowedCPUs)"
        : "";
  }

  /** procfs and sysfs behind a link would be somebody else's (CVE-2023-27561). */
  private static boolean mustBeDirectory(Op op, int errno) {
    return op instanceof Op.Attach attach
        && (attach.flags() & OpFlags.ATTACH_REAL_DIRECTORY) != 0
        && (errno == Errno.ELOOP.number() || errno == Errno.ENOTDIR.number());
  }

  private static String reason(int errno, String detail) {
    String cause = errno == 0 ? "" : ": " + text(errno);
    return detail.isEmpty() ? cause : cause + " (at " + detail + ")";
  }

  private static String text(int errno) {
    Errno known = Errno.of(errno);
    return known == Errno.UNKNOWN ? "error " + errno : known.text();
  }

  private String what(Op op, int index, int item) {
    return switch (op) {
      case Op.OpenTree o -> sourceOf(o.slot(), index, o.path());
      case Op.Open o ->
          o.path().endsWith("/tasks")
              ? "error adding pid 0 to cgroups: cannot open " + o.path()
              : "cannot open " + o.path();
      case Op.Close o -> "cannot close slot " + o.slot();
      case Op.Write o -> "cannot write '" + o.data().strip() + "' to " + filled(o.slot(), index);
      case Op.CgroupClone o -> "error adding pid 0 to cgroups: cannot start in " + o.dir();
      case Op.NsOpen o -> "cannot open namespace " + o.path();
      case Op.NsJoin o ->
          "cannot join " + names(o.types()) + " namespace of " + filled(o.slot(), index);
      case Op.NsUnshare o -> "cannot make " + names(o.types()) + " namespace";
      case Op.UsernsCreate o ->
          "cannot make a user namespace with user ids " + o.uids() + " and group ids " + o.gids();
      case Op.UsernsByUser o ->
          "cannot make a user namespace with user ids " + o.uids() + " and group ids " + o.gids();
      case Op.NsHolder o -> "cannot make " + names(o.types()) + " namespace for the pod";
      case Op.NsPin o -> "cannot keep a namespace at " + o.path();
      case Op.UsernsEnter o -> "cannot enter the user namespace " + filled(o.slot(), index);
      case Op.Propagation o -> "cannot set the propagation of the root mount";
      case Op.Fsmount o -> mountOf(o.slot(), index, o.type());
      case Op.Tmpfs o -> mountOf(o.slot(), index, "tmpfs");
      case Op.Overlay o ->
          "cannot mount the root file system (overlay of " + o.lowers().size() + " layers)";
      case Op.Setattr o -> "cannot change attributes of the mount " + placed(o.slot(), index);
      case Op.Attach o -> "cannot mount " + o.target();
      case Op.Mkdir o -> "cannot make directory " + o.path();
      case Op.IsDevice o ->
          "%s is not the device %c %d:%d"
              .formatted(filled(o.slot(), index), o.type(), o.major(), o.minor());
      case Op.Mknod o -> "cannot make device " + o.path();
      case Op.Symlink o -> "cannot make symbolic link " + o.path() + " to " + o.target();
      case Op.Mask o -> "cannot mask " + at(o.paths(), item);
      case Op.Readonly o -> "cannot make " + at(o.paths(), item) + " read-only";
      case Op.Pivot o -> "cannot change to the container's root";
      case Op.MoveRoot o -> "cannot change to the container's root without pivot_root";
      case Op.TreeInside o -> sourceOf(o.slot(), index, o.path());
      case Op.Chdir o -> "cannot change to " + filled(o.slot(), index);
      case Op.Locked o -> "cannot clear locked flags of the mount " + placed(o.slot(), index);
      case Op.Remount o -> "cannot remount " + o.path();
      case Op.NetSocket o -> "cannot ask for network devices";
      case Op.NetDevice o ->
          "cannot move the network device " + o.name() + " into the container as " + o.newName();
      case Op.RootOpen o -> "cannot open " + o.path();
      case Op.Chown o -> "cannot set the owner of " + o.path();
      case Op.CopyUp o -> "cannot copy " + o.path() + " into the tmpfs on it";
      case Op.Hostname o ->
          "cannot set host name '" + o.hostname() + "' and domain name '" + o.domainname() + "'";
      case Op.Sysctl o -> "cannot set sysctl " + at(o.pairs(), item);
      case Op.Credentials o ->
          "cannot become user "
              + o.uid()
              + " and group "
              + o.gid()
              + " with the capabilities given";
      case Op.NoNewPrivs o -> "cannot set no_new_privs";
      case Op.Rlimits o -> "cannot set limit " + at(o.limits(), item);
      case Op.Seccomp o -> "cannot install the seccomp filter";
      case Op.ProcessState o ->
          "cannot set umask, nice value, I/O priority, CPU affinity or personality";
      case Op.Signals o -> "cannot reset signals";
      case Op.Cwd o -> "chdir to cwd (\"" + o.path() + "\") set in config.json failed";
      case Op.LsmExec o ->
          o.kind() == 1
              ? "apparmor failed to apply profile " + o.label() + ": write /proc/self/attr/exec"
              : "cannot set SELinux label " + o.label() + ": write /proc/self/attr/exec";
      case Op.Keyring o -> "cannot join session keyring " + o.name();
      case Op.Terminal o -> "cannot set up the terminal";
      case Op.Session o -> "cannot start a session";
      case Op.LoopbackUp o -> "cannot bring lo up";
      case Op.Scheduler o -> "cannot set the scheduling policy";
      case Op.MemoryPolicy o -> "cannot set the NUMA memory policy";
      case Op.StdioOwner o -> "cannot give stdio to user " + o.uid();
      case Op.Hook o -> "hook " + o.name();
      case Op.ForkInit o ->
          o.types() == 0
              ? "cannot fork the container's init"
              : "cannot fork the init of a new pid namespace";
      case Op.Park o -> "cannot wait for the go-ahead";
      case Op.Exec o -> "exec " + at(o.argv(), 0);
      case Op.Reap o -> "the pod's init failed";
      case Op.Exit o -> "cannot end";
      case Op.ParkFifo o -> "exec " + o.program();
    };
  }

  /** What a bind mount came from, said after the reason. */
  private String origin(Op op, int index) {
    return op instanceof Op.Attach attach
            && filler(attach.slot(), index) instanceof Op.OpenTree tree
        ? " (source " + tree.path() + ")"
        : "";
  }

  private String sourceOf(int slot, int index, String path) {
    Op.Attach attach = attachOf(slot, index);
    return attach == null
        ? "cannot open " + path
        : "cannot mount " + attach.target() + " from " + path;
  }

  private String mountOf(int slot, int index, String type) {
    Op.Attach attach = attachOf(slot, index);
    return "cannot mount " + (attach == null ? type : attach.target() + " (" + type + ")");
  }

  private String placed(int slot, int index) {
    for (int i = index - 1; i >= 0; i--) {
      if (plan.steps().get(i).op() instanceof Op.Attach attach && attach.slot() == slot) {
        return attach.target();
      }
    }
    Op.Attach attach = attachOf(slot, index);
    return attach == null ? filled(slot, index) : attach.target();
  }

  private Op.@Nullable Attach attachOf(int slot, int index) {
    for (int i = index + 1; i < plan.steps().size(); i++) {
      Op op = plan.steps().get(i).op();
      if (op instanceof Op.Attach attach && attach.slot() == slot) {
        return attach;
      }
      if (op instanceof Op.Close close && close.slot() == slot) {
        return null;
      }
    }
    return null;
  }

  private String filled(int slot, int index) {
    return switch (filler(slot, index)) {
      case Op.Open o -> o.path();
      case Op.NsOpen o -> o.path();
      case Op.OpenTree o -> o.path();
      case Op.TreeInside o -> o.path();
      case Op.RootOpen o -> o.path();
      case Op.UsernsCreate o -> "with user ids " + o.uids();
      case Op.UsernsByUser o -> "with user ids " + o.uids();
      case null -> slot == 0 ? "the target container" : "slot " + slot;
      default -> "slot " + slot;
    };
  }

  private @Nullable Op filler(int slot, int index) {
    for (int i = index - 1; i >= 0; i--) {
      Op op = plan.steps().get(i).op();
      boolean fills =
          switch (op) {
            case Op.OpenTree o -> o.slot() == slot;
            case Op.TreeInside o -> o.slot() == slot;
            case Op.Open o -> o.slot() == slot;
            case Op.NsOpen o -> o.slot() == slot;
            case Op.RootOpen o -> o.slot() == slot;
            case Op.UsernsCreate o -> o.slot() == slot;
            case Op.UsernsByUser o -> o.slot() == slot;
            case Op.Fsmount o -> o.slot() == slot;
            case Op.Tmpfs o -> o.slot() == slot;
            case Op.Overlay o -> o.slot() == slot;
            default -> false;
          };
      if (fills) {
        return op;
      }
    }
    return null;
  }

  private static String names(long types) {
    return Symbols.NAMESPACES.format(types);
  }

  private static String at(List<?> items, int index) {
    return index < items.size() ? PlanPrinter.text(items.get(index)) : "item " + index;
  }
}
