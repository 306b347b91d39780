package dev.carafe.runtime.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * bpf(2) for programs that decide on devices of a cgroup (BPF_PROG_TYPE_CGROUP_DEVICE, kernel
 * 4.15). Thread-safe; one cgroup by one thread at a time.
 */
public final class BpfCalls {
  private static final long SYS_BPF = 321; // x86-64
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  private static final int PROG_DETACH = 9;
  private static final int PROG_GET_FD_BY_ID = 13;
  private static final int PROG_QUERY = 16;
  private static final int TYPE_CGROUP_DEVICE = 15;
  private static final int ATTACH_CGROUP_DEVICE = 6;
  private static final int ALLOW_MULTI = 2;
  private static final int REPLACE = 4;
  private static final int INSTRUCTION_BYTES = 8;

  /** The kernel's own bound for one cgroup (BPF_CGROUP_MAX_PROGS). */
  private static final int MAX_ATTACHED = 64;

  /** What an attribute of any of these commands fits in. */
  private static final int ATTRIBUTE_BYTES = 128;

  private static final int NAME_OFFSET = 48;
  private static final int NAME_BYTES = 16;
  private static final int VERIFIER_LOG_BYTES = 64 << 10;
  private static final int O_DIRECTORY_CLOEXEC = 0x90000;

  /** The C functions; public because jnr-ffi implements it. */
  public interface Functions {
    /** syscall(2) of bpf(2). */
    long syscall(long number, int command, ByteBuffer attribute, int bytes);

    /** open(2). */
    int open(String path, int flags);

    /** close(2). */
    int close(int fd);
  }

  private final Functions libc;

  private BpfCalls(Functions libc) {
    this.libc = libc;
  }

  private static final class Loaded {
    static final BpfCalls INSTANCE = new BpfCalls(Native.libc(Functions.class));
  }

  /** The calls, bound once. */
  public static BpfCalls get() {
    return Loaded.INSTANCE;
  }

  /**
   * Makes this program the only one on a cgroup's devices: what was attached before is replaced
   * without a moment between.
   *
   * @param cgroup a cgroup v2 directory
   * @param program instructions of 8 bytes, in this machine's byte order
   * @throws LinuxException when the kernel refuses; EPERM without CAP_BPF and CAP_NET_ADMIN or
   *     CAP_SYS_ADMIN
   */
  public void decideDevices(Path cgroup, byte[] program) {
    int directory = open(cgroup);
    try {
      int loaded = load(program);
      try {
        swap(cgroup, directory, loaded);
      } finally {
        libc.close(loaded);
      }
    } finally {
      libc.close(directory);
    }
  }

  /**
   * How many device programs are attached to a cgroup itself.
   *
   * @throws LinuxException when the kernel refuses
   */
  public int devicePrograms(Path cgroup) {
    int directory = open(cgroup);
    try {
      return attached(cgroup, directory).size();
    } finally {
      libc.close(directory);
    }
  }

  private void swap(Path cgroup, int directory, int loaded) {
    List<Integer> before = attached(cgroup, directory);
    if (before.isEmpty()) {
      attach(cgroup, directory, loaded, ALLOW_MULTI, 0);
      return;
    }
    int first = byId(before.getFirst());
    try {
      attach(cgroup, directory, loaded, ALLOW_MULTI | REPLACE, first);
    } finally {
      libc.close(first);
    }
    for (int id : before.subList(1, before.size())) {
      int old = byId(id);
      try {
        call(PROG_DETACH, target(directory, old, 0, 0), "detach a device program from " + cgroup);
      } finally {
        libc.close(old);
      }
    }
  }

  private int open(Path directory) {
    return (int)
        Native.call(() -> libc.open(directory.toString(), O_DIRECTORY_CLOEXEC))
            .orThrow("open " + directory);
  }

  private int load(byte[] program) {
    Runtime runtime = Runtime.getSystemRuntime();
    Pointer instructions = Memory.allocateDirect(runtime, program.length);
    instructions.put(0, program, 0, program.length);
    Pointer license = Memory.allocateDirect(runtime, NAME_BYTES, true);
    license.putString(0, "Apache-2.0", NAME_BYTES, StandardCharsets.US_ASCII);
    ByteBuffer attribute = attribute();
    attribute.putInt(0, TYPE_CGROUP_DEVICE);
    attribute.putInt(4, program.length / INSTRUCTION_BYTES);
    attribute.putLong(8, instructions.address());
    attribute.putLong(16, license.address());
    attribute.put(NAME_OFFSET, "carafe_devices".getBytes(StandardCharsets.US_ASCII));
    attribute.putInt(68, ATTACH_CGROUP_DEVICE);
    SyscallResult result = bpf(PROG_LOAD, attribute, instructions, license);
    String verdict = result.failed() ? verdict(attribute, instructions, license) : "";
    return (int) result.orThrow("load a device program" + verdict);
  }

  /** Loads once more, for the verifier's last words. */
  private String verdict(ByteBuffer attribute, Pointer instructions, Pointer license) {
    Pointer log = Memory.allocateDirect(Runtime.getSystemRuntime(), VERIFIER_LOG_BYTES, true);
    attribute.putInt(24, 1);
    attribute.putInt(28, VERIFIER_LOG_BYTES);
    attribute.putLong(32, log.address());
    SyscallResult again = bpf(PROG_LOAD, attribute, instructions, license, log);
    if (!again.failed()) {
      libc.close((int) again.value());
    }
    String said = log.getString(0, VERIFIER_LOG_BYTES, StandardCharsets.US_ASCII).strip();
    return said.isEmpty() ? "" : " (the verifier says: " + said.replace('\n', ' ') + ")";
  }

  private List<Integer> attached(Path cgroup, int directory) {
    Pointer ids = Memory.allocateDirect(Runtime.getSystemRuntime(), MAX_ATTACHED * Integer.BYTES);
    ByteBuffer attribute = attribute();
    attribute.putInt(0, directory);
    attribute.putInt(4, ATTACH_CGROUP_DEVICE);
    attribute.putLong(16, ids.address());
    attribute.putInt(24, MAX_ATTACHED);
    bpf(PROG_QUERY, attribute, ids).orThrow("list the device programs of " + cgroup);
    int[] found = new int[attribute.getInt(24)];
    ids.get(0, found, 0, found.length);
    List<Integer> list = new ArrayList<>();
    Arrays.stream(found).forEach(list::add);
    return list;
  }

  private int byId(int id) {
    ByteBuffer attribute = attribute();
    attribute.putInt(0, id);
    return (int) call(PROG_GET_FD_BY_ID, attribute, "open the BPF program " + id);
  }

  private void attach(Path cgroup, int directory, int program, int flags, int replaced) {
    call(
        PROG_ATTACH,
        target(directory, program, flags, replaced),
        "attach a device program to " + cgroup);
  }

  private static ByteBuffer target(int directory, int program, int flags, int replaced) {
    ByteBuffer attribute = attribute();
    attribute.putInt(0, directory);
    attribute.putInt(4, program);
    attribute.putInt(8, ATTACH_CGROUP_DEVICE);
    attribute.putInt(12, flags);
    attribute.putInt(16, replaced);
    return attribute;
  }

  private static ByteBuffer attribute() {
    return ByteBuffer.allocate(ATTRIBUTE_BYTES).order(ByteOrder.nativeOrder());
  }

  private long call(int command, ByteBuffer attribute, String what) {
    return bpf(command, attribute).orThrow(what);
  }

  /** The kernel reads through addresses in the attribute: what lies there must live until then. */
  private SyscallResult bpf(int command, ByteBuffer attribute, Pointer... referred) {
    try {
      return Native.call(() -> libc.syscall(SYS_BPF, command, attribute, ATTRIBUTE_BYTES));
    } finally {
      for (Pointer pointer : referred) {
        Reference.reachabilityFence(pointer);
      }
    }
  }
}
