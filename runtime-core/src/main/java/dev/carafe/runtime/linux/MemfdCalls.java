package dev.carafe.runtime.linux;

import java.util.Arrays;

/** Sealed files in memory: memfd_create(2), F_ADD_SEALS. Thread-safe. */
public final class MemfdCalls {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10; // since 6.3, EINVAL before
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL_SHRINK_GROW_WRITE_SEAL = 0xf;

  /** The C functions; public because jnr-ffi implements it. */
  public interface Functions {
    /** memfd_create(2). */
    int memfd_create(String name, int flags);

    /** fcntl(2). */
    int fcntl(int fd, int command, int argument);

    /** write(2). */
    long write(int fd, byte[] data, long length);

    /** fchmod(2). */
    int fchmod(int fd, int mode);

    /** close(2). */
    int close(int fd);
  }

  private final Functions libc;

  private MemfdCalls(Functions libc) {
    this.libc = libc;
  }

  /** Binds the C library. */
  public static MemfdCalls load() {
    return new MemfdCalls(Native.libc(Functions.class));
  }

  /**
   * Makes an executable memfd with these bytes that nobody can change any more.
   *
   * @return its descriptor, close-on-exec
   * @throws LinuxException when a step fails
   */
  public int sealed(String name, byte[] bytes) {
    int fd = create(name);
    try {
      writeAll(fd, name, bytes);
      Native.call(() -> libc.fchmod(fd, 0500)).orThrow("chmod memfd " + name);
      Native.call(() -> libc.fcntl(fd, F_ADD_SEALS, SEAL_SHRINK_GROW_WRITE_SEAL))
          .orThrow("seal memfd " + name);
      return fd;
    } catch (LinuxException e) {
      close(fd);
      throw e;
    }
  }

  /** close(2); nothing is left to be done about its errors. */
  public void close(int fd) {
    libc.close(fd);
  }

  private int create(String name) {
    int plain = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    SyscallResult made = Native.call(() -> libc.memfd_create(name, plain | MFD_EXEC));
    if (made.failed() && made.error() == Errno.EINVAL) {
      made = Native.call(() -> libc.memfd_create(name, plain));
    }
    return (int) made.orThrow("make memfd " + name);
  }

  private void writeAll(int fd, String name, byte[] bytes) {
    byte[] left = bytes;
    while (left.length > 0) {
      byte[] now = left;
      int n =
          (int)
              Native.call(() -> libc.write(fd, now, now.length))
                  .orThrow("write " + now.length + " bytes to memfd " + name);
      left = Arrays.copyOfRange(left, n, left.length);
    }
  }
}
