package dev.carafe.runtime.spec;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Linux capabilities; with the kernel's bits (linux/capability.h). */
public enum Capability {
  CHOWN(0),
  DAC_OVERRIDE(1),
  DAC_READ_SEARCH(2),
  FOWNER(3),
  FSETID(4),
  KILL(5),
  SETGID(6),
  SETUID(7),
  SETPCAP(8),
  LINUX_IMMUTABLE(9),
  NET_BIND_SERVICE(10),
  NET_BROADCAST(11),
  NET_ADMIN(12),
  NET_RAW(13),
  IPC_LOCK(14),
  IPC_OWNER(15),
  SYS_MODULE(16),
  SYS_RAWIO(17),
  SYS_CHROOT(18),
  SYS_PTRACE(19),
  SYS_PACCT(20),
  SYS_ADMIN(21),
  SYS_BOOT(22),
  SYS_NICE(23),
  SYS_RESOURCE(24),
  SYS_TIME(25),
  SYS_TTY_CONFIG(26),
  MKNOD(27),
  LEASE(28),
  AUDIT_WRITE(29),
  AUDIT_CONTROL(30),
  SETFCAP(31),
  MAC_OVERRIDE(32),
  MAC_ADMIN(33),
  SYSLOG(34),
  WAKE_ALARM(35),
  BLOCK_SUSPEND(36),
  AUDIT_READ(37),
  PERFMON(38),
  BPF(39),
  CHECKPOINT_RESTORE(40);

  private final int bit;

  Capability(int bit) {
    this.bit = bit;
  }

  /** The bit in a capability set. */
  public long mask() {
    return 1L << bit;
  }

  /** The name as configurations have it: CAP_SYS_ADMIN. */
  public String fullName() {
    return "CAP_" + name();
  }

  /** Finds a capability by its name, any case, with or without CAP_; null when there is none. */
  public static @Nullable Capability find(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    String bare = upper.startsWith("CAP_") ? upper.substring(4) : upper;
    for (Capability capability : values()) {
      if (capability.name().equals(bare)) {
        return capability;
      }
    }
    return null;
  }

  /** The set of these names; unknown ones are left out, as the specification asks. */
  public static long maskOf(Collection<String> names) {
    long mask = 0;
    for (String name : names) {
      Capability capability = find(name);
      mask |= capability == null ? 0 : capability.mask();
    }
    return mask;
  }
}
