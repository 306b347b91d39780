package dev.carafe.runtime.linux;

import java.nio.file.Path;

/** Unmounting in the host's mount namespace. Thread-safe. */
public final class Mounts {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  /** What is bound of the C library; jnr-ffi wants it public. */
  public interface Functions {
    /** umount2(2). */
    int umount2(String target, int flags);
  }

  private Mounts() {}

  private static final class Bound {
    static final Functions LIBC = Native.libc(Functions.class);
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
