package dev.carafe.runtime.linux;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jnr.constants.platform.Errno;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;

/**
 * File system calls relative to a directory's descriptor, for trees whose content is hostile.
 *
 * <p>Paths and names are the kernel's bytes, without a final NUL: file names need not be UTF-8 and
 * the JVM's own path encoding depends on the locale. No call follows a symbolic link in the last
 * component. Each call reads errno before it does anything else (a virtual thread that yields would
 * read another's). Thread-safe.
 */
public final class FileCalls {
  /** File type bits of a mode (inode(7)). */
  public static final int S_IFMT = 0xF000;

  public static final int S_IFDIR = 0x4000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFLNK = 0xA000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFIFO = 0x1000;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_EXCL = 0x80;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_DIRECTORY = 0x10000;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_PATH = 0x200000;
  private static final long RESOLVE_NO_XDEV = 0x01;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final long SYS_OPENAT2 = 437;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;
  private static final int PATH_MAX = 4096;
  private static final int XATTR_MAX = 65536;

  private FileCalls() {}

  /**
   * The C library, as jnr-ffi wants it declared; use the methods of {@link FileCalls} instead.
   * Nothing is annotated, for each kind of annotation costs a short-lived JVM a class that the JDK
   * generates: a long is as wide as size_t, and arrays are copied both ways.
   */
  @SuppressWarnings("MethodName")
  public interface Libc {
    int openat(int dir, byte[] path, int flags, int mode);

    long syscall(long number, int dir, byte[] path, long[] how, long howBytes);

    int close(int fd);

    long read(int fd, ByteBuffer bytes, long count);

    long write(int fd, ByteBuffer bytes, long count);

    int mkdirat(int dir, byte[] path, int mode);

    int mknodat(int dir, byte[] path, int mode, long device);

    int symlinkat(byte[] target, int dir, byte[] path);

    int linkat(int oldDir, byte[] oldPath, int newDir, byte[] newPath, int flags);

    int unlinkat(int dir, byte[] path, int flags);

    int fchownat(int dir, byte[] path, int uid, int gid, int flags);

    int fchmodat(int dir, byte[] path, int mode, int flags);

    int utimensat(int dir, byte[] path, long[] times, int flags);

    int statx(int dir, byte[] path, int flags, int mask, byte[] buffer);

    long readlinkat(int dir, byte[] path, byte[] buffer, long size);

    int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

    long lgetxattr(byte[] path, byte[] name, byte[] value, long size);

    long llistxattr(byte[] path, byte[] list, long size);

    int syncfs(int fd);
  }

  private static final class Loaded {
    static final Libc LIBC = Native.libc(Libc.class);
    static final Runtime RUNTIME = Runtime.getRuntime(LIBC);
  }

  /** A system call that failed: which, on what, and why. */
  public static final class CallException extends IOException {
    private static final long serialVersionUID = 1;
    private final Errno errno;

    CallException(String call, byte[] path, int errno) {
      super(
          "%s %s: %s"
              .formatted(
                  call,
                  new String(path, StandardCharsets.UTF_8),
                  Errno.valueOf(errno).description()));
      this.errno = Errno.valueOf(errno);
    }

    /** The kernel's reason by name, for example {@code ENOENT}. */
    public String errno() {
      return errno.name();
    }
  }

  /** An open descriptor. Not thread-safe to close while in use elsewhere. */
  public static final class Fd implements AutoCloseable {
    private int number;

    private Fd(int number) {
      this.number = number;
    }

    private int number() {
      if (number < 0) {
        throw new IllegalStateException("descriptor is closed");
      }
      return number;
    }

    /** This directory's name in procfs, through which a {@link Path} reaches what it holds. */
    public Path path() {
      return Path.of("/proc/self/fd/" + number() + "/.");
    }

    /** Closes the descriptor; a second call does nothing. */
    @Override
    public void close() {
      int open = number;
      number = -1;
      if (open >= 0) {
        Loaded.LIBC.close(open);
      }
    }
  }

  /**
   * What statx(2) says.
   *
   * @param mode type and permission bits
   * @param size bytes
   * @param mtimeSeconds since the epoch
   * @param mtimeNanos 0 to 999,999,999
   */
  public record Stat(
      int mode,
      int uid,
      int gid,
      long size,
      long mtimeSeconds,
      int mtimeNanos,
      int deviceMajor,
      int deviceMinor) {
    /** The file type: one of the {@code S_IF} constants. */
    public int type() {
      return mode & S_IFMT;
    }

    /** Whether this is a directory. */
    public boolean isDirectory() {
      return type() == S_IFDIR;
    }
  }

  /** Opens a trusted path as a directory handle (O_PATH). */
  public static Fd openDirectory(Path path) throws CallException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    int fd = Loaded.LIBC.openat(AT_FDCWD, c(bytes), flags, 0);
    int errno = fd < 0 ? Loaded.RUNTIME.getLastError() : 0;
    return new Fd(check(fd, errno, "open", bytes));
  }

  /**
   * Opens the directory {@code path} below {@code dir}: openat2(2) refuses symbolic links, {@code
   * ..} that leaves it and other file systems. An empty path is {@code dir} itself.
   *
   * @throws CallException ENOENT, ELOOP (a link), ENOTDIR, EXDEV (an escape)
   */
  public static Fd openDirectoryBeneath(Fd dir, byte[] path) throws CallException {
    return openBeneath(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  }

  /**
   * Opens the file {@code path} below {@code dir} for reading, as strictly as directories. A FIFO
   * without a writer does not hold the caller.
   */
  public static Fd openFileBeneath(Fd dir, byte[] path) throws CallException {
    return openBeneath(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }

  private static Fd openBeneath(Fd dir, byte[] path, int flags) throws CallException {
    byte[] name = path.length == 0 ? new byte[] {'.'} : path;
    long[] how = {
      flags, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV
    };
    long fd = Loaded.LIBC.syscall(SYS_OPENAT2, dir.number(), c(name), how, Long.BYTES * 3L);
    int errno = fd < 0 ? Loaded.RUNTIME.getLastError() : 0;
    return new Fd((int) check(fd, errno, "openat2", path));
  }

  /** Creates a file that did not exist and opens it for writing. */
  public static Fd createFile(Fd dir, byte[] name, int mode) throws CallException {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = Loaded.LIBC.openat(dir.number(), c(name), flags, mode);
    int errno = fd < 0 ? Loaded.RUNTIME.getLastError() : 0;
    return new Fd(check(fd, errno, "create", name));
  }

  /** Reads into a direct buffer from its position on; returns the bytes read, 0 at the end. */
  public static int read(Fd fd, ByteBuffer direct) throws CallException {
    long count = Loaded.LIBC.read(fd.number(), direct, direct.remaining());
    int errno = count < 0 ? Loaded.RUNTIME.getLastError() : 0;
    int read = (int) check(count, errno, "read", new byte[0]);
    direct.position(direct.position() + read);
    return read;
  }

  /** Writes all that remains in a direct buffer. */
  public static void write(Fd fd, ByteBuffer direct) throws CallException {
    while (direct.hasRemaining()) {
      long count = Loaded.LIBC.write(fd.number(), direct, direct.remaining());
      int errno = count < 0 ? Loaded.RUNTIME.getLastError() : 0;
      direct.position(direct.position() + (int) check(count, errno, "write", new byte[0]));
    }
  }

  /** Makes a directory with exactly these permission bits less the process's umask. */
  public static void makeDirectory(Fd dir, byte[] name, int mode) throws CallException {
    int result = Loaded.LIBC.mkdirat(dir.number(), c(name), mode);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "mkdir", name);
  }

  /** Makes a device node or FIFO; {@code mode} holds the type. */
  public static void makeNode(Fd dir, byte[] name, int mode, int major, int minor)
      throws CallException {
    int result = Loaded.LIBC.mknodat(dir.number(), c(name), mode, device(major, minor));
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "mknod", name);
  }

  /** Makes a symbolic link. */
  public static void makeSymlink(byte[] target, Fd dir, byte[] name) throws CallException {
    int result = Loaded.LIBC.symlinkat(c(target), dir.number(), c(name));
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "symlink", name);
  }

  /** Makes a hard link; a symbolic link is itself linked, not what it points to. */
  public static void makeLink(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName)
      throws CallException {
    int result = Loaded.LIBC.linkat(oldDir.number(), c(oldName), newDir.number(), c(newName), 0);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "link", newName);
  }

  /** Removes a name that is not a directory. */
  public static void removeFile(Fd dir, byte[] name) throws CallException {
    remove(dir, name, 0);
  }

  /** Removes an empty directory. */
  public static void removeDirectory(Fd dir, byte[] name) throws CallException {
    remove(dir, name, AT_REMOVEDIR);
  }

  private static void remove(Fd dir, byte[] name, int flags) throws CallException {
    int result = Loaded.LIBC.unlinkat(dir.number(), c(name), flags);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "unlink", name);
  }

  /** Changes the owner. The kernel clears setuid, setgid and file capabilities: set them after. */
  public static void changeOwner(Fd dir, byte[] name, int uid, int gid) throws CallException {
    int result = Loaded.LIBC.fchownat(dir.number(), c(name), uid, gid, AT_SYMLINK_NOFOLLOW);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "chown", name);
  }

  /** Changes the permission bits of a name that the caller knows is no symbolic link. */
  public static void changeMode(Fd dir, byte[] name, int mode) throws CallException {
    int result = Loaded.LIBC.fchmodat(dir.number(), c(name), mode, 0);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "chmod", name);
  }

  /** Sets access and modification time to the same moment. */
  public static void changeTime(Fd dir, byte[] name, long seconds, int nanos) throws CallException {
    long[] times = {seconds, nanos, seconds, nanos};
    int result = Loaded.LIBC.utimensat(dir.number(), c(name), times, AT_SYMLINK_NOFOLLOW);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "utimens", name);
  }

  /** What {@code path} below {@code dir} is, or null where nothing has that name. */
  public static @Nullable Stat stat(Fd dir, byte[] path) throws CallException {
    byte[] buffer = new byte[STATX_BYTES];
    int flags = AT_SYMLINK_NOFOLLOW | (path.length == 0 ? AT_EMPTY_PATH : 0);
    int result = Loaded.LIBC.statx(dir.number(), c(path), flags, STATX_BASIC_STATS, buffer);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    if (result < 0 && Errno.valueOf(errno) == Errno.ENOENT) {
      return null;
    }
    check(result, errno, "stat", path);
    ByteBuffer statx = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    return new Stat(
        Short.toUnsignedInt(statx.getShort(28)),
        statx.getInt(20),
        statx.getInt(24),
        statx.getLong(40),
        statx.getLong(112),
        statx.getInt(120),
        statx.getInt(128),
        statx.getInt(132));
  }

  /** The target of the symbolic link {@code path} below {@code dir}. */
  public static byte[] readLink(Fd dir, byte[] path) throws CallException {
    byte[] buffer = new byte[PATH_MAX];
    long count = Loaded.LIBC.readlinkat(dir.number(), c(path), buffer, buffer.length);
    int errno = count < 0 ? Loaded.RUNTIME.getLastError() : 0;
    return Arrays.copyOf(buffer, (int) check(count, errno, "readlink", path));
  }

  /** Sets an extended attribute on a name in {@code dir}. */
  public static void setXattr(Fd dir, byte[] name, byte[] attribute, byte[] value)
      throws CallException {
    byte[] path = throughProcfs(dir, name);
    int result = Loaded.LIBC.lsetxattr(c(path), c(attribute), value, value.length, 0);
    int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
    check(result, errno, "setxattr", name);
  }

  /** An extended attribute of a name in {@code dir}, or null where it has none of that name. */
  public static byte @Nullable [] getXattr(Fd dir, byte[] name, byte[] attribute)
      throws CallException {
    byte[] buffer = new byte[XATTR_MAX];
    byte[] path = throughProcfs(dir, name);
    long count = Loaded.LIBC.lgetxattr(c(path), c(attribute), buffer, buffer.length);
    int errno = count < 0 ? Loaded.RUNTIME.getLastError() : 0;
    if (count < 0
        && (Errno.valueOf(errno) == Errno.ENODATA || Errno.valueOf(errno) == Errno.EOPNOTSUPP)) {
      return null;
    }
    return Arrays.copyOf(buffer, (int) check(count, errno, "getxattr", name));
  }

  /** The names of the extended attributes of a name in {@code dir}. */
  public static List<byte[]> listXattrs(Fd dir, byte[] name) throws CallException {
    byte[] buffer = new byte[XATTR_MAX];
    byte[] path = throughProcfs(dir, name);
    long count = Loaded.LIBC.llistxattr(c(path), buffer, buffer.length);
    int errno = count < 0 ? Loaded.RUNTIME.getLastError() : 0;
    int length = (int) check(count, errno, "listxattr", name);
    List<byte[]> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (buffer[i] == 0) {
        names.add(Arrays.copyOfRange(buffer, start, i));
        start = i + 1;
      }
    }
    return names;
  }

  /** Writes all of the file system that holds {@code directory} to its disk (syncfs(2)). */
  public static void syncFileSystem(Path directory) throws CallException {
    byte[] bytes = directory.toString().getBytes(StandardCharsets.UTF_8);
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int fd = Loaded.LIBC.openat(AT_FDCWD, c(bytes), flags, 0);
    int openErrno = fd < 0 ? Loaded.RUNTIME.getLastError() : 0;
    try (Fd open = new Fd(check(fd, openErrno, "open", bytes))) {
      int result = Loaded.LIBC.syncfs(open.number());
      int errno = result < 0 ? Loaded.RUNTIME.getLastError() : 0;
      check(result, errno, "syncfs", bytes);
    }
  }

  private static byte[] throughProcfs(Fd dir, byte[] name) {
    byte[] prefix = ("/proc/self/fd/" + dir.number() + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] path = Arrays.copyOf(prefix, prefix.length + name.length);
    System.arraycopy(name, 0, path, prefix.length, name.length);
    return path;
  }

  /** The kernel's 64-bit device number of glibc (makedev(3)). */
  private static long device(int major, int minor) {
    return (minor & 0xffL)
        | ((major & 0xfffL) << 8)
        | ((minor & 0xffffff00L) << 12)
        | ((major & 0xfffff000L) << 32);
  }

  private static byte[] c(byte[] path) {
    for (byte b : requireNonNull(path, "path is null")) {
      if (b == 0) {
        throw new IllegalArgumentException(
            "NUL in " + new String(path, StandardCharsets.UTF_8) + ": the kernel has no such name");
      }
    }
    return Arrays.copyOf(path, path.length + 1);
  }

  private static long check(long result, int errno, String call, byte[] path) throws CallException {
    if (result < 0) {
      throw new CallException(call, path, errno);
    }
    return result;
  }

  private static int check(int result, int errno, String call, byte[] path) throws CallException {
    return (int) check((long) result, errno, call, path);
  }
}
