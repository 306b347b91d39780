package dev.carafe.runtime.plan;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a launch plan with their codes and wire types, as native/opcodes.tsv has them.
 */
@SuppressWarnings("ImmutableEnumChecker") // List.copyOf and method handles are immutable
public enum Opcode {
  OPEN_TREE(1, Op.OpenTree.class, WireType.U16, WireType.STR, WireType.U32),
  OPEN(2, Op.Open.class, WireType.U16, WireType.STR, WireType.U32),
  CLOSE(3, Op.Close.class, WireType.U16),
  WRITE(4, Op.Write.class, WireType.U16, WireType.STR),
  CGROUP_CLONE(5, Op.CgroupClone.class, WireType.STR),
  TREE_INSIDE(6, Op.TreeInside.class, WireType.U16, WireType.U16, WireType.STR, WireType.U32),
  CHDIR(7, Op.Chdir.class, WireType.U16),
  NS_OPEN(10, Op.NsOpen.class, WireType.U16, WireType.STR),
  NS_JOIN(11, Op.NsJoin.class, WireType.U16, WireType.U32),
  NS_UNSHARE(12, Op.NsUnshare.class, WireType.U32),
  USERNS_CREATE(
      13, Op.UsernsCreate.class, WireType.U16, WireType.IDMAPS, WireType.IDMAPS, WireType.U8),
  NS_HOLDER(
      14,
      Op.NsHolder.class,
      WireType.U16,
      WireType.U32,
      WireType.NSSLOTS,
      WireType.STR,
      WireType.STR,
      WireType.U8,
      WireType.PAIRS),
  NS_PIN(15, Op.NsPin.class, WireType.U16, WireType.STR),
  USERNS_ENTER(16, Op.UsernsEnter.class, WireType.U16),
  USERNS_BY_USER(
      17,
      Op.UsernsByUser.class,
      WireType.U16,
      WireType.IDMAPS,
      WireType.IDMAPS,
      WireType.STR,
      WireType.STR),
  PROPAGATION(20, Op.Propagation.class, WireType.U64, WireType.U8),
  FSMOUNT(21, Op.Fsmount.class, WireType.U16, WireType.STR, WireType.PAIRS, WireType.U64),
  OVERLAY(
      22,
      Op.Overlay.class,
      WireType.U16,
      WireType.STRINGS,
      WireType.STR,
      WireType.STR,
      WireType.U16,
      WireType.PAIRS,
      WireType.STR),
  SETATTR(
      23,
      Op.Setattr.class,
      WireType.U16,
      WireType.U64,
      WireType.U64,
      WireType.U64,
      WireType.U16,
      WireType.U8),
  ATTACH(
      24,
      Op.Attach.class,
      WireType.U16,
      WireType.U16,
      WireType.STR,
      WireType.U8,
      WireType.U32,
      WireType.U32),
  MKDIR(25, Op.Mkdir.class, WireType.U16, WireType.STR, WireType.U32, WireType.U32, WireType.U32),
  MKNOD(
      26,
      Op.Mknod.class,
      WireType.U16,
      WireType.STR,
      WireType.U8,
      WireType.U32,
      WireType.U32,
      WireType.U32,
      WireType.U32,
      WireType.U32),
  SYMLINK(27, Op.Symlink.class, WireType.U16, WireType.STR, WireType.STR),
  MASK(28, Op.Mask.class, WireType.U16, WireType.U16, WireType.STRINGS),
  READONLY(29, Op.Readonly.class, WireType.U16, WireType.STRINGS),
  PIVOT(30, Op.Pivot.class, WireType.U16),
  ROOT_OPEN(31, Op.RootOpen.class, WireType.U16, WireType.STR),
  CHOWN(32, Op.Chown.class, WireType.U16, WireType.STR, WireType.U32, WireType.U32, WireType.U32),
  IS_DEVICE(33, Op.IsDevice.class, WireType.U16, WireType.U8, WireType.U32, WireType.U32),
  COPY_UP(34, Op.CopyUp.class, WireType.U16, WireType.U16, WireType.STR),
  TMPFS(35, Op.Tmpfs.class, WireType.U16, WireType.U16, WireType.STR, WireType.PAIRS, WireType.U64),
  MOVE_ROOT(36, Op.MoveRoot.class, WireType.U16),
  REMOUNT(
      37,
      Op.Remount.class,
      WireType.U16,
      WireType.STR,
      WireType.U64,
      WireType.U64,
      WireType.U8,
      WireType.PAIRS),
  LOCKED(39, Op.Locked.class, WireType.U16, WireType.U64, WireType.U64),
  HOSTNAME(40, Op.Hostname.class, WireType.STR, WireType.STR),
  SYSCTL(41, Op.Sysctl.class, WireType.PAIRS),
  CREDENTIALS(
      42,
      Op.Credentials.class,
      WireType.U32,
      WireType.U32,
      WireType.NUMBERS,
      WireType.U8,
      WireType.U64,
      WireType.U64,
      WireType.U64,
      WireType.U64,
      WireType.U64),
  NO_NEW_PRIVS(43, Op.NoNewPrivs.class),
  RLIMITS(44, Op.Rlimits.class, WireType.RLIMITS),
  SECCOMP(45, Op.Seccomp.class, WireType.U32, WireType.BLOB),
  PROCESS(
      46,
      Op.ProcessState.class,
      WireType.U32,
      WireType.I32,
      WireType.U32,
      WireType.BLOB,
      WireType.U32),
  SIGNALS(47, Op.Signals.class),
  CWD(48, Op.Cwd.class, WireType.STR),
  LSM_EXEC(49, Op.LsmExec.class, WireType.U8, WireType.STR),
  KEYRING(50, Op.Keyring.class, WireType.STR),
  TERMINAL(
      51,
      Op.Terminal.class,
      WireType.U16,
      WireType.U16,
      WireType.U16,
      WireType.U8,
      WireType.U32,
      WireType.U32),
  SESSION(52, Op.Session.class),
  LOOPBACK_UP(53, Op.LoopbackUp.class),
  SCHEDULER(
      54,
      Op.Scheduler.class,
      WireType.U32,
      WireType.U64,
      WireType.I32,
      WireType.U32,
      WireType.U64,
      WireType.U64,
      WireType.U64),
  MEMORY_POLICY(55, Op.MemoryPolicy.class, WireType.U32, WireType.BLOB),
  STDIO_OWNER(56, Op.StdioOwner.class, WireType.U32, WireType.U32),
  HOOK(
      57,
      Op.Hook.class,
      WireType.STR,
      WireType.STR,
      WireType.STRINGS,
      WireType.STRINGS,
      WireType.U32,
      WireType.STRINGS),
  NET_SOCKET(58, Op.NetSocket.class, WireType.U16),
  NET_DEVICE(59, Op.NetDevice.class, WireType.U16, WireType.STR, WireType.STR),
  FORK_INIT(60, Op.ForkInit.class, WireType.U32),
  PARK(61, Op.Park.class),
  EXEC(62, Op.Exec.class, WireType.STRINGS, WireType.STRINGS),
  REAP(63, Op.Reap.class),
  EXIT(64, Op.Exit.class),
  PARK_FIFO(65, Op.ParkFifo.class, WireType.U16, WireType.STR, WireType.STR);

  private static final Map<Class<?>, Opcode> BY_TYPE = new HashMap<>();
  private static final Map<Integer, Opcode> BY_CODE = new HashMap<>();

  static {
    for (Opcode opcode : values()) {
      BY_TYPE.put(opcode.type, opcode);
      BY_CODE.put(opcode.code, opcode);
    }
  }

  private final int code;
  private final Class<? extends Op> type;
  private final List<Field> fields;
  private final Constructor<? extends Op> constructor;

  Opcode(int code, Class<? extends Op> type, WireType... wireTypes) {
    this.code = code;
    this.type = type;
    try {
      RecordComponent[] components = type.getRecordComponents();
      List<Field> list = new ArrayList<>();
      for (int i = 0; i < components.length; i++) {
        list.add(
            new Field(
                components[i].getName(),
                wireTypes[i],
                components[i].getType(),
                components[i].getAccessor()));
      }
      this.fields = List.copyOf(list);
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      this.constructor = type.getDeclaredConstructor(types);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  static Opcode of(Class<? extends Op> type) {
    Opcode opcode = BY_TYPE.get(type);
    if (opcode == null) {
      throw new IllegalArgumentException("no code for " + type);
    }
    return opcode;
  }

  /** The operation of a code, or null. */
  static @Nullable Opcode find(int code) {
    return BY_CODE.get(code);
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }

  /** The record that holds its fields. */
  Class<? extends Op> type() {
    return type;
  }

  /** The fields in wire order. */
  List<Field> fields() {
    return fields;
  }

  /** Makes the operation from its fields' values. */
  Op create(List<Object> values) {
    try {
      return constructor.newInstance(values.toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type, e);
    }
  }

  /**
   * A field of an operation.
   *
   * @param name as in the table
   * @param type its form on the wire
   * @param javaType type of the record's component
   * @param accessor reads it
   */
  record Field(String name, WireType type, Class<?> javaType, Method accessor) {
    Object value(Op op) {
      try {
        return accessor.invoke(op);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + name, e);
      }
    }
  }
}
