package dev.carafe.runtime.linux;

import static dev.carafe.runtime.linux.FileSyscalls.c;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * File system calls relative to a directory's descriptor, for trees whose content is hostile.
 *
 * <p>Paths and names are the kernel's bytes, without a final NUL: file names need not be UTF-8 and
 * the JVM's own path encoding depends on the locale. No call follows a symbolic link in the last
 * component. Thread-safe.
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
  private static final int ENTRIES_BYTES = 1 << 15;

  /** Calls on a descriptor have no name to show. */
  private static final byte[] NAMELESS = {};

  private static final byte[] DOT = {'.'};

  private FileCalls() {}

  /** Opens a trusted path as a directory handle (O_PATH). */
  public static Fd openDirectory(Path path) throws FileCallException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    return new Fd(
        (int) FileSyscalls.call("open", bytes, libc -> libc.openat(AT_FDCWD, c(bytes), flags, 0)));
  }

  /**
   * Opens the directory {@code path} below {@code dir}: openat2(2) refuses symbolic links, {@code
   * ..} that leaves it and other file systems. An empty path is {@code dir} itself.
   *
   * @throws FileCallException ENOENT, ELOOP (a link), ENOTDIR, EXDEV (an escape)
   */
  public static Fd openDirectoryBeneath(Fd dir, byte[] path) throws FileCallException {
    return openBeneath(dir, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  }

  /**
   * Opens the file {@code path} below {@code dir} for reading, as strictly as directories. A FIFO
   * without a writer does not hold the caller.
   */
  public static Fd openFileBeneath(Fd dir, byte[] path) throws FileCallException {
    return openBeneath(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  }

  private static Fd openBeneath(Fd dir, byte[] path, int flags) throws FileCallException {
    byte[] name = path.length == 0 ? DOT : path;
    long resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    return new Fd((int) FileSyscalls.checked("openat2", path, openat2(dir, name, flags, resolve)));
  }

  private static SyscallResult openat2(Fd dir, byte[] path, int flags, long resolve) {
    long[] how = {flags, 0, resolve};
    return FileSyscalls.call(
        libc -> libc.syscall(SYS_OPENAT2, dir.number(), c(path), how, Long.BYTES * 3L));
  }

  /** Creates a file that did not exist and opens it for writing. */
  public static Fd createFile(Fd dir, byte[] name, int mode) throws FileCallException {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return new Fd(
        (int)
            FileSyscalls.call(
                "create", name, libc -> libc.openat(dir.number(), c(name), flags, mode)));
  }

  /** Reads into a direct buffer from its position on; returns the bytes read, 0 at the end. */
  public static int read(Fd fd, ByteBuffer direct) throws FileCallException {
    int read =
        (int)
            FileSyscalls.call(
                "read", NAMELESS, libc -> libc.read(fd.number(), direct, direct.remaining()));
    direct.position(direct.position() + read);
    return read;
  }

  /** Writes all that remains in a direct buffer. */
  public static void write(Fd fd, ByteBuffer direct) throws FileCallException {
    while (direct.hasRemaining()) {
      int written =
          (int)
              FileSyscalls.call(
                  "write", NAMELESS, libc -> libc.write(fd.number(), direct, direct.remaining()));
      direct.position(direct.position() + written);
    }
  }

  /** Makes a directory with exactly these permission bits less the process's umask. */
  public static void makeDirectory(Fd dir, byte[] name, int mode) throws FileCallException {
    FileSyscalls.call("mkdir", name, libc -> libc.mkdirat(dir.number(), c(name), mode));
  }

  /** Makes a device node or FIFO; {@code mode} holds the type. */
  public static void makeNode(Fd dir, byte[] name, int mode, int major, int minor)
      throws FileCallException {
    FileSyscalls.call(
        "mknod", name, libc -> libc.mknodat(dir.number(), c(name), mode, device(major, minor)));
  }

  /** Makes a symbolic link. */
  public static void makeSymlink(byte[] target, Fd dir, byte[] name) throws FileCallException {
    FileSyscalls.call("symlink", name, libc -> libc.symlinkat(c(target), dir.number(), c(name)));
  }

  /** Makes a hard link; a symbolic link is itself linked, not what it points to. */
  public static void makeLink(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName)
      throws FileCallException {
    FileSyscalls.call(
        "link",
        newName,
        libc -> libc.linkat(oldDir.number(), c(oldName), newDir.number(), c(newName), 0));
  }

  /** Removes a name that is not a directory. */
  public static void removeFile(Fd dir, byte[] name) throws FileCallException {
    remove(dir, name, 0);
  }

  /** Removes an empty directory. */
  public static void removeDirectory(Fd dir, byte[] name) throws FileCallException {
    remove(dir, name, AT_REMOVEDIR);
  }

  private static void remove(Fd dir, byte[] name, int flags) throws FileCallException {
    FileSyscalls.call("unlink", name, libc -> libc.unlinkat(dir.number(), c(name), flags));
  }

  /** Changes the owner. The kernel clears setuid, setgid and file capabilities: set them after. */
  public static void changeOwner(Fd dir, byte[] name, int uid, int gid) throws FileCallException {
    FileSyscalls.call(
        "chown", name, libc -> libc.fchownat(dir.number(), c(name), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  /** Changes the permission bits of a name that the caller knows is no symbolic link. */
  public static void changeMode(Fd dir, byte[] name, int mode) throws FileCallException {
    FileSyscalls.call("chmod", name, libc -> libc.fchmodat(dir.number(), c(name), mode, 0));
  }

  /** Sets access and modification time to the same moment. */
  public static void changeTime(Fd dir, byte[] name, long seconds, int nanos)
      throws FileCallException {
    long[] times = {seconds, nanos, seconds, nanos};
    FileSyscalls.call(
        "utimens", name, libc -> libc.utimensat(dir.number(), c(name), times, AT_SYMLINK_NOFOLLOW));
  }

  /** What {@code path} below {@code dir} is, or null where nothing has that name. */
  public static @Nullable FileStat stat(Fd dir, byte[] path) throws FileCallException {
    byte[] buffer = new byte[STATX_BYTES];
    int flags = AT_SYMLINK_NOFOLLOW | (path.length == 0 ? AT_EMPTY_PATH : 0);
    SyscallResult result =
        FileSyscalls.call(
            libc -> libc.statx(dir.number(), c(path), flags, STATX_BASIC_STATS, buffer));
    if (result.failed() && result.error() == Errno.ENOENT) {
      return null;
    }
    FileSyscalls.checked("stat", path, result);
    ByteBuffer statx = ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder());
    return new FileStat(
        Short.toUnsignedInt(statx.getShort(28)),
        statx.getInt(20),
        statx.getInt(24),
        statx.getLong(40),
        statx.getLong(112),
        statx.getInt(120),
        statx.getInt(128),
        statx.getInt(132));
  }

  /** The names in {@code dir}, without {@code .} and {@code ..}, in no order. */
  public static List<byte[]> names(Fd dir) throws FileCallException {
    List<byte[]> names = new ArrayList<>();
    byte[] buffer = new byte[ENTRIES_BYTES];
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    try (Fd list = openBeneath(dir, NAMELESS, flags)) {
      long read;
      do {
        read =
            FileSyscalls.call(
                "getdents",
                NAMELESS,
                libc -> libc.getdents64(list.number(), buffer, buffer.length));
        names.addAll(DirectoryEntries.names(buffer, (int) read));
      } while (read > 0);
    }
    return names;
  }

  /** The target of the symbolic link {@code path} below {@code dir}. */
  public static byte[] readLink(Fd dir, byte[] path) throws FileCallException {
    byte[] buffer = new byte[PATH_MAX];
    long count =
        FileSyscalls.call(
            "readlink",
            path,
            libc -> libc.readlinkat(dir.number(), c(path), buffer, buffer.length));
    return Arrays.copyOf(buffer, (int) count);
  }

  /** Writes all of the file system that holds {@code directory} to its disk (syncfs(2)). */
  public static void syncFileSystem(Path directory) throws FileCallException {
    byte[] bytes = directory.toString().getBytes(StandardCharsets.UTF_8);
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    try (Fd open =
        new Fd(
            (int)
                FileSyscalls.call(
                    "open", bytes, libc -> libc.openat(AT_FDCWD, c(bytes), flags, 0)))) {
      FileSyscalls.call("syncfs", bytes, libc -> libc.syncfs(open.number()));
    }
  }

  /** The kernel's 64-bit device number of glibc (makedev(3)). */
  private static long device(int major, int minor) {
    return (minor & 0xffL)
        | ((major & 0xfffL) << 8)
        | ((minor & 0xffffff00L) << 12)
        | ((major & 0xfffff000L) << 32);
  }
}
