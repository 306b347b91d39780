package dev.carafe.runtime.linux;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import jnr.ffi.NativeLong;

/** Mounting and unmounting in the host's mount namespace. Thread-safe. */
public final class Mounts {
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;
  private static final long MS_NOEXEC = 8;
  private static final long MS_BIND = 4096;
  private static final long MS_REC = 16384;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  /** What is bound of the C library; jnr-ffi wants it public. */
  public interface Functions {
    /** umount2(2). */
    int umount2(String target, int flags);

    /** mount(2). */
    int mount(String source, String target, String type, NativeLong flags, String data);
  }

  private Mounts() {}

  private static final class Bound {
    static final Functions LIBC = Native.libc(Functions.class);
  }

  /**
   * Mounts a file system that needs no device, without set-user-id programs, devices and programs.
   *
   * @param type as /proc/filesystems has it; also shown as the source
   * @param target an existing directory
   * @param options of the file system, separated by commas; empty for none
   * @throws LinuxException when the kernel refuses
   */
  public static void mount(String type, Path target, String options) {
    NativeLong flags = new NativeLong(MS_NOSUID | MS_NODEV | MS_NOEXEC);
    Native.call(() -> Bound.LIBC.mount(type, target.toString(), type, flags, options))
        .orThrow("mount " + type + " on " + target + " with the options '" + options + "'");
  }

  /**
   * Binds a directory, with what is mounted below it, on another.
   *
   * @throws LinuxException when the kernel refuses
   */
  public static void bind(Path source, Path target) {
    NativeLong flags = new NativeLong(MS_BIND | MS_REC);
    Native.call(() -> Bound.LIBC.mount(source.toString(), target.toString(), "bind", flags, ""))
        .orThrow("bind " + source + " on " + target);
  }

  /**
   * Mounts an overlay.
   *
   * @param lowers the uppermost first
   * @throws LinuxException when the kernel refuses, which it does when the paths have more than a
   *     page (4 KiB) together
   */
  public static void overlay(List<Path> lowers, Path upper, Path work, Path target) {
    String options =
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(
                lowers.stream().map(Path::toString).collect(Collectors.joining(":")), upper, work);
    Native.call(() ->
            Bound.LIBC.mount("overlay", target.toString(), "overlay", new NativeLong(0), options))
        .orThrow("mount an overlay of " + lowers.size() + " layers on " + target);
  }

  /**
   * Detaches all that is mounted on {@code target}: it is gone for new users at once, and finally
   * when the last one goes. Nothing mounted, or no such path, is fine; a symbolic link is not
   * followed.
   *
   * @throws LinuxException when the kernel refuses
   */
  public static void detach(Path target) {
    while (true) {
      SyscallResult result =
          Native.call(() -> Bound.LIBC.umount2(target.toString(), MNT_DETACH | UMOUNT_NOFOLLOW));
      if (result.failed() && (result.error() == Errno.EINVAL || result.error() == Errno.ENOENT)) {
        return;
      }
      result.orThrow("unmount " + target);
    }
  }
}
