package dev.carafe.runtime.plan;

import dev.carafe.runtime.spec.IdMapping;
import dev.carafe.runtime.spec.Rlimit;
import java.util.List;

/**
 * One operation of a launch plan. Names, fields and their order are those of native/opcodes.tsv,
 * which says what each does. Slots are 0 to 255, or {@link #NONE}; ids and other 32-bit numbers are
 * unsigned, 0 to 4294967295.
 */
public sealed interface Op {
  /** Stands for "no slot". */
  int NONE = 0xffff;

  /** Stands for "leave as it is" where an operation says so. */
  long UNCHANGED = 0xffffffffL;

  /** The operation's code and fields. */
  default Opcode opcode() {
    return Opcode.of(getClass());
  }

  /** Opens a tree on the host (open_tree(2)). */
  record OpenTree(int slot, String path, long flags) implements Op {}

  /** Opens a file or directory on the host. */
  record Open(int slot, String path, long flags) implements Op {}

  /** Closes a slot. */
  record Close(int slot) implements Op {}

  /** Writes data to a slot in one write(2). */
  record Write(int slot, String data) implements Op {}

  /** The launcher is cloned into this cgroup v2 directory; only as the first operation. */
  record CgroupClone(String dir) implements Op {}

  /** Opens a namespace file. */
  record NsOpen(int slot, String path) implements Op {}

  /** Joins the namespaces of a namespace file or a pidfd. */
  record NsJoin(int slot, long types) implements Op {}

  /** Makes namespaces. */
  record NsUnshare(long types) implements Op {}

  /** Makes a user namespace whose file lands in the slot. */
  record UsernsCreate(int slot, List<IdMapping> uids, List<IdMapping> gids, boolean denySetgroups)
      implements Op {
    public UsernsCreate {
      uids = List.copyOf(uids);
      gids = List.copyOf(gids);
    }
  }

  /**
   * Makes a user namespace without privileges over its parent: each map is written by a program, or
   * directly where that is "".
   */
  record UsernsByUser(
      int slot, List<IdMapping> uids, List<IdMapping> gids, String newuidmap, String newgidmap)
      implements Op {
    public UsernsByUser {
      uids = List.copyOf(uids);
      gids = List.copyOf(gids);
    }
  }

  /** A short-lived child makes a pod's namespaces; their files land in slots. */
  record NsHolder(
      int userns,
      long types,
      List<NsSlot> slots,
      String hostname,
      String domainname,
      boolean loopbackUp,
      List<Pair> sysctls)
      implements Op {
    public NsHolder {
      slots = List.copyOf(slots);
      sysctls = List.copyOf(sysctls);
    }
  }

  /** Keeps a namespace alive by a bind mount. */
  record NsPin(int slot, String path) implements Op {}

  /** Enters a user namespace and becomes root in it. */
  record UsernsEnter(int slot) implements Op {}

  /** Sets the propagation of the mount at /. */
  record Propagation(long flags, boolean recursive) implements Op {}

  /** Makes a detached mount of a file system. */
  record Fsmount(int slot, String type, List<Pair> options, long attrs) implements Op {
    public Fsmount {
      options = List.copyOf(options);
    }
  }

  /** Makes a detached tmpfs with the mode of the directory that it is to cover. */
  record Tmpfs(int slot, int root, String path, List<Pair> options, long attrs) implements Op {
    public Tmpfs {
      options = List.copyOf(options);
    }
  }

  /** Makes a detached overlay of host directories. */
  record Overlay(
      int slot,
      List<String> lowers,
      String upper,
      String work,
      int userns,
      List<Pair> options,
      String scratch)
      implements Op {
    public Overlay {
      lowers = List.copyOf(lowers);
      options = List.copyOf(options);
    }
  }

  /** Changes attributes of a mount. */
  record Setattr(int slot, long set, long clear, long propagation, int userns, boolean recursive)
      implements Op {}

  /** Moves a detached mount to its place. */
  record Attach(int slot, int root, String target, int create, long mode, long flags)
      implements Op {}

  /** Makes a directory with its parents. */
  record Mkdir(int root, String path, long mode, long uid, long gid) implements Op {}

  /** Makes a device node and verifies it. */
  record Mknod(
      int root, String path, int type, long major, long minor, long mode, long uid, long gid)
      implements Op {}

  /** Fails unless the slot is this device node. */
  record IsDevice(int slot, int type, long major, long minor) implements Op {}

  /** Makes a symbolic link. */
  record Symlink(int root, String path, String target) implements Op {}

  /** Hides paths. */
  record Mask(int root, int nullDevice, List<String> paths) implements Op {
    public Mask {
      paths = List.copyOf(paths);
    }
  }

  /** Makes paths read-only. */
  record Readonly(int root, List<String> paths) implements Op {
    public Readonly {
      paths = List.copyOf(paths);
    }
  }

  /** Makes a mount the root and detaches the old one. */
  record Pivot(int root) implements Op {}

  /** Makes a mount the root by chroot, after the host's procfs and sysfs went. */
  record MoveRoot(int root) implements Op {}

  /** Changes a mount that is there; options are its file system's. */
  record Remount(
      int root, String path, long set, long clear, boolean superblock, List<Pair> options)
      implements Op {
    public Remount {
      options = List.copyOf(options);
    }
  }

  /** Clones a tree inside the root. */
  record TreeInside(int slot, int root, String path, long flags) implements Op {}

  /** Changes to a directory that is open. */
  record Chdir(int slot) implements Op {}

  /** Fails if a change of attributes is one that a user namespace may not make. */
  record Locked(int slot, long set, long clear) implements Op {}

  /** Opens a netlink socket in the network namespace of the moment. */
  record NetSocket(int slot) implements Op {}

  /** Moves a network device from a socket's namespace into this one. */
  record NetDevice(int socket, String name, String newName) implements Op {}

  /** Opens a directory of the launcher's own mount namespace as a root. */
  record RootOpen(int slot, String path) implements Op {}

  /** Sets owner and mode. */
  record Chown(int root, String path, long uid, long gid, long mode) implements Op {}

  /** Copies what a directory inside the root holds into a detached mount. */
  record CopyUp(int slot, int root, String path) implements Op {}

  /** Sets host and domain name. */
  record Hostname(String hostname, String domainname) implements Op {}

  /** Writes kernel parameters. */
  record Sysctl(List<Pair> pairs) implements Op {
    public Sysctl {
      pairs = List.copyOf(pairs);
    }
  }

  /** Sets ids, groups and the five capability sets. */
  record Credentials(
      long uid,
      long gid,
      List<Long> groups,
      boolean setgroups,
      long bounding,
      long permitted,
      long effective,
      long inheritable,
      long ambient)
      implements Op {
    public Credentials {
      groups = List.copyOf(groups);
    }
  }

  /** Forbids execve to give privileges. */
  record NoNewPrivs() implements Op {}

  /** Sets resource limits. */
  record Rlimits(List<Rlimit> limits) implements Op {
    public Rlimits {
      limits = List.copyOf(limits);
    }
  }

  /** Installs a system call filter. */
  record Seccomp(long flags, Blob filter) implements Op {}

  /** States what is otherwise inherited from the agent. */
  record ProcessState(long umask, int nice, long ioprio, Blob affinity, long personality)
      implements Op {}

  /** Default dispositions and an empty mask for every signal. */
  record Signals() implements Op {}

  /** Changes to the working directory and proves that it lies inside the root. */
  record Cwd(String path) implements Op {}

  /** Sets the security label that execve takes on. */
  record LsmExec(int kind, String label) implements Op {}

  /** Joins a session keyring of its own. */
  record Keyring(String name) implements Op {}

  /**
   * Allocates a pseudo terminal and makes it stdio.
   *
   * @param flags {@link #CONSOLE}, {@link #PLAIN_LINES}
   */
  record Terminal(int root, int rows, int cols, int flags, long uid, long gid) implements Op {
    /** It is /dev/console as well. */
    static final int CONSOLE = 1;

    /** What is written to it is read without a carriage return before each line feed (-onlcr). */
    static final int PLAIN_LINES = 2;

    Terminal withPlainLines() {
      return new Terminal(root, rows, cols, flags | PLAIN_LINES, uid, gid);
    }
  }

  /** Starts a session. */
  record Session() implements Op {}

  /** Brings lo up. */
  record LoopbackUp() implements Op {}

  /** Sets scheduling attributes; times in ns. */
  record Scheduler(
      long policy, long flags, int nice, long priority, long runtime, long deadline, long period)
      implements Op {}

  /** Sets the NUMA memory policy. */
  record MemoryPolicy(long mode, Blob nodes) implements Op {}

  /** Gives pipes and sockets of stdio to an owner, so that /dev/stdout can be opened. */
  record StdioOwner(long uid, long gid) implements Op {}

  /**
   * Runs a program and waits for it; its stdin gets the parts of state joined by the launcher's
   * pid. A time-out of 0 ms is none.
   */
  record Hook(
      String name,
      String path,
      List<String> argv,
      List<String> env,
      long timeoutMs,
      List<String> state)
      implements Op {
    public Hook {
      argv = List.copyOf(argv);
      env = List.copyOf(env);
      state = List.copyOf(state);
    }
  }

  /** Forks the child in which the rest of the plan runs. */
  record ForkInit(long types) implements Op {}

  /** Waits for the go-ahead. */
  record Park() implements Op {}

  /** Becomes the program; last operation. */
  record Exec(List<String> argv, List<String> env) implements Op {
    public Exec {
      argv = List.copyOf(argv);
      env = List.copyOf(env);
    }
  }

  /** Becomes a pod's init; last operation. */
  record Reap() implements Op {}

  /** Ends with success; last operation of a plan that only prepares. */
  record Exit() implements Op {}

  /**
   * Looks for the program, by the PATH given when its name has no slash, then waits for one byte
   * from a FIFO.
   */
  record ParkFifo(int slot, String program, String path) implements Op {}

  /**
   * A namespace that shall land in a slot.
   *
   * @param type one CLONE_NEW* flag
   * @param slot where its file goes
   */
  record NsSlot(long type, int slot) {}

  /**
   * A key with its value.
   *
   * @param key the name
   * @param value the value; empty is a mere flag
   */
  record Pair(String key, String value) {
    /** From key=value, or a mere key. */
    static Pair of(String option) {
      int equals = option.indexOf('=');
      return equals < 0
          ? new Pair(option, "")
          : new Pair(option.substring(0, equals), option.substring(equals + 1));
    }
  }
}
