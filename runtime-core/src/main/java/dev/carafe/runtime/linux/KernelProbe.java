package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Asks the running kernel for the features that Carafe uses or falls back from. Nothing it does
 * leaves a trace.
 */
public final class KernelProbe {
  /** open_tree, move_mount, fsopen and so on take this for "no descriptor". */
  private static final int BAD_FD = -1;

  private static final int OPENAT2 = 437;
  private static final int MOUNT_SETATTR = 442;
  private static final int FSOPEN = 430;
  private static final int FSCONFIG = 431;
  private static final int CLONE3 = 435;
  private static final int PIDFD_OPEN = 434;
  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSCONFIG_SET_STRING = 1;

  private final Functions libc;
  private final Path cgroup2;

  /** Public only because jnr-ffi implements it from another class loader. */
  public interface Functions {
    /** syscall(2) with as many arguments as any probe needs. */
    long syscall(long number, long a, long b, long c, long d, long e);

    /** syscall(2) whose first argument is a text. */
    long syscall(long number, byte[] text, long b);

    /** syscall(2) as fsconfig(2) takes it. */
    long syscall(long number, long fd, long command, byte[] key, byte[] value, long aux);

    /** close(2). */
    int close(int fd);
  }

  /**
   * What one probe found.
   *
   * @param name of the feature
   * @param present whether the kernel has it
   * @param without what happens without it
   */
  public record Feature(String name, boolean present, String without) {
    public Feature {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(without, "without");
    }
  }

  /**
   * A probe.
   *
   * @param cgroup2 where cgroup2 is mounted, or would be
   */
  public KernelProbe(Path cgroup2) {
    this.libc = Native.libc(Functions.class);
    this.cgroup2 = Objects.requireNonNull(cgroup2, "cgroup2");
  }

  /** Every feature, in a fixed order. */
  public List<Feature> features() {
    List<Feature> all = new ArrayList<>();
    add(all, "openat2", () -> known(OPENAT2), "Carafe does not run");
    add(all, "mount_setattr", () -> known(MOUNT_SETATTR), "Carafe does not run");
    add(all, "clone3", () -> known(CLONE3), "Carafe does not run");
    add(all, "pidfd_open", () -> known(PIDFD_OPEN), "Carafe does not run");
    add(all, "cgroup.kill", this::cgroupKill, "a cgroup is frozen, signalled and thawed");
    add(all, "cgroup v2", () -> has("cgroup.controllers"), "cgroup v1, joined file by file");
    add(all, "overlay lowerdir+", this::lowerdirPlus, "layers are given by short relative paths");
    add(all, "overlay", () -> filesystem("overlay"), "load the module overlay");
    add(all, "pressure", () -> Files.exists(Path.of("/proc/pressure/cpu")), "no pressure figures");
    add(all, "resctrl", () -> filesystem("resctrl"), "no Intel RDT");
    return List.copyOf(all);
  }

  private static void add(List<Feature> all, String name, BooleanSupplier probe, String without) {
    all.add(new Feature(name, probe.getAsBoolean(), without));
  }

  /** A call that exists refuses impossible arguments by something else than ENOSYS. */
  private boolean known(int number) {
    SyscallResult result = Native.call(() -> libc.syscall(number, BAD_FD, 0, 0, 0, 0));
    return !(result.failed() && result.error() == Errno.ENOSYS);
  }

  /**
   * The root cgroup itself has no cgroup.kill; any other shows whether there is one. Where there is
   * no other yet, the version tells: since 5.14.
   */
  private boolean cgroupKill() {
    if (!has("cgroup.procs")) {
      return false;
    }
    try (Stream<Path> entries = Files.list(cgroup2)) {
      Path child = entries.filter(Files::isDirectory).findFirst().orElse(null);
      return child == null
          ? KernelVersion.running().compareTo(new KernelVersion(5, 14)) >= 0
          : Files.exists(child.resolve("cgroup.kill"));
    } catch (IOException unreadable) {
      return false;
    }
  }

  private boolean has(String file) {
    return Files.exists(cgroup2.resolve(file));
  }

  private boolean lowerdirPlus() {
    SyscallResult opened = Native.call(() -> libc.syscall(FSOPEN, text("overlay"), FSOPEN_CLOEXEC));
    if (opened.failed()) {
      return false;
    }
    int fd = (int) opened.value();
    // Before 6.5 overlay knows options only when it is mounted, and takes any word until then.
    boolean known = takes(fd, "lowerdir+", "/") && !takes(fd, "no-option-of-overlay", "/");
    Native.call(() -> libc.close(fd)).orThrow("close a file system context");
    return known;
  }

  private boolean takes(int fd, String option, String value) {
    byte[] key = text(option);
    byte[] path = text(value);
    return !Native.call(() -> libc.syscall(FSCONFIG, fd, FSCONFIG_SET_STRING, key, path, 0))
        .failed();
  }

  private static boolean filesystem(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/filesystems")).stream()
          .anyMatch(line -> line.strip().endsWith(name));
    } catch (IOException e) {
      return false;
    }
  }

  private static byte[] text(String text) {
    return (text + "\0").getBytes(StandardCharsets.UTF_8);
  }
}
