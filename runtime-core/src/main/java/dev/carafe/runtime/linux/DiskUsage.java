package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a directory takes on its disk, although those who write to it may be hostile: it follows no
 * link, crosses into no other file system, and holds one descriptor however deep the tree is.
 *
 * @param bytes allocated blocks, in bytes; a hole in a file takes none, a file with two names is
 *     counted once
 * @param inodes files and directories, the directory itself included
 */
public record DiskUsage(long bytes, long inodes) {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int OPEN_DIRECTORY = 0200000 | 0400000 | 02000000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;
  private static final int BLOCK = 512;
  private static final int S_IFMT = 0xF000;
  private static final int S_IFDIR = 0x4000;
  private static final long SYS_GETDENTS64 = 217;
  private static final byte[] PARENT = {'.', '.'};

  /** The C library, as jnr-ffi wants it declared. */
  public interface Libc {
    /** open(2) below a directory. */
    int openat(int dir, byte[] path, int flags, int mode);

    /** close(2). */
    int close(int fd);

    /** statx(2). */
    int statx(int dir, byte[] path, int flags, int mask, byte[] buffer);

    /** syscall(2) for getdents64(2). */
    long syscall(long number, int fd, byte[] buffer, long size);
  }

  private static final class Loaded {
    static final Libc LIBC = Native.libc(Libc.class);
  }

  /**
   * Measures. It takes as long as the tree is large: not for a thread that somebody waits for.
   *
   * @throws IOException when the directory can't be read, or was moved about meanwhile
   */
  public static DiskUsage of(Path directory) throws IOException {
    return new Walk(directory).run();
  }

  /**
   * A directory on the way from the root to the one that is open.
   *
   * @param inode its number, by which it is known again
   * @param children names of directories in it that are still to be visited
   */
  private record Level(long inode, Deque<byte[]> children) {}

  /** statx(2)'s buffer. */
  private record Stat(ByteBuffer buffer) {
    boolean isDirectory() {
      return (buffer.getShort(28) & S_IFMT) == S_IFDIR;
    }

    int links() {
      return buffer.getInt(16);
    }

    long inode() {
      return buffer.getLong(32);
    }

    long bytes() {
      return buffer.getLong(48) * BLOCK;
    }

    long device() {
      return buffer.getLong(136);
    }
  }

  private static final class Walk {
    private final Path root;
    private final Deque<Level> levels = new ArrayDeque<>();
    private final Set<Long> linked = new HashSet<>();
    private final byte[] entries = new byte[1 << 16];
    private int open = -1;
    private long device;
    private long bytes;
    private long inodes;

    Walk(Path root) {
      this.root = root;
    }

    DiskUsage run() throws IOException {
      try {
        open = openDirectory(AT_FDCWD, root.toString().getBytes(StandardCharsets.UTF_8));
        if (open < 0) {
          throw new IOException("cannot open " + root + ": no such directory, or no access");
        }
        Stat stat = stat(open, new byte[0]);
        device = stat == null ? 0 : stat.device();
        count(stat);
        enter();
        while (!levels.isEmpty()) {
          step();
        }
        return new DiskUsage(bytes, inodes);
      } finally {
        close();
      }
    }

    private void step() throws IOException {
      byte[] child = levels.element().children().poll();
      if (child != null) {
        int opened = openDirectory(open, child);
        if (opened >= 0) {
          close();
          open = opened;
          enter();
        }
        return;
      }
      levels.pop();
      if (!levels.isEmpty()) {
        int parent = openDirectory(open, PARENT);
        close();
        open = parent;
        Stat stat = parent < 0 ? null : stat(parent, new byte[0]);
        if (stat == null || stat.inode() != levels.element().inode()) {
          throw new IOException(root + " was changed while it was measured");
        }
      }
    }

    /** Counts what the open directory holds, and remembers its directories. */
    private void enter() throws IOException {
      Stat own = stat(open, new byte[0]);
      Level level = new Level(own == null ? 0 : own.inode(), new ArrayDeque<>());
      levels.push(level);
      if (own == null || own.device() != device) {
        return;
      }
      long length = list();
      while (length > 0) {
        for (byte[] name : DirectoryEntries.names(entries, (int) length)) {
          if (count(stat(open, name))) {
            level.children().add(name);
          }
        }
        length = list();
      }
    }

    private long list() throws IOException {
      SyscallResult result =
          Native.call(() -> Loaded.LIBC.syscall(SYS_GETDENTS64, open, entries, entries.length));
      if (result.failed()) {
        throw new IOException("cannot list a directory of %s: %s".formatted(root, result.error()));
      }
      return result.value();
    }

    /** Counts an entry, unless it has gone or was counted; tells whether it is to be entered. */
    private boolean count(@Nullable Stat stat) {
      if (stat == null || stat.device() != device) {
        return false;
      }
      boolean directory = stat.isDirectory();
      if (!directory && stat.links() > 1 && !linked.add(stat.inode())) {
        return false;
      }
      inodes++;
      bytes += stat.bytes();
      return directory;
    }

    private @Nullable Stat stat(int dir, byte[] name) {
      byte[] buffer = new byte[STATX_BYTES];
      int flags = AT_SYMLINK_NOFOLLOW | (name.length == 0 ? AT_EMPTY_PATH : 0);
      SyscallResult result =
          Native.call(() -> Loaded.LIBC.statx(dir, c(name), flags, STATX_BASIC_STATS, buffer));
      return result.failed()
          ? null
          : new Stat(ByteBuffer.wrap(buffer).order(ByteOrder.nativeOrder()));
    }

    private static int openDirectory(int dir, byte[] name) {
      return (int) Native.call(() -> Loaded.LIBC.openat(dir, c(name), OPEN_DIRECTORY, 0)).value();
    }

    private void close() {
      if (open >= 0) {
        Loaded.LIBC.close(open);
        open = -1;
      }
    }

    private static byte[] c(byte[] path) {
      return Arrays.copyOf(path, path.length + 1);
    }
  }
}
