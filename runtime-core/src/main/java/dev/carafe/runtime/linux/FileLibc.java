package dev.carafe.runtime.linux;

import java.nio.ByteBuffer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library's calls on files, as jnr-ffi wants them declared; use {@link FileCalls} and {@link
 * Xattrs} instead.
 */
@SuppressWarnings("MethodName")
public interface FileLibc {
  int openat(int dir, @In byte[] path, int flags, int mode);

  long syscall(long number, int dir, @In byte[] path, @In long[] how, long howBytes);

  int close(int fd);

  @ssize_t
  long read(int fd, @Out ByteBuffer bytes, @size_t long count);

  @ssize_t
  long write(int fd, @In ByteBuffer bytes, @size_t long count);

  int mkdirat(int dir, @In byte[] path, int mode);

  int mknodat(int dir, @In byte[] path, int mode, long device);

  int symlinkat(@In byte[] target, int dir, @In byte[] path);

  int linkat(int oldDir, @In byte[] oldPath, int newDir, @In byte[] newPath, int flags);

  int unlinkat(int dir, @In byte[] path, int flags);

  int fchownat(int dir, @In byte[] path, int uid, int gid, int flags);

  int fchmodat(int dir, @In byte[] path, int mode, int flags);

  int utimensat(int dir, @In byte[] path, @In long[] times, int flags);

  int statx(int dir, @In byte[] path, int flags, int mask, @Out byte[] buffer);

  @ssize_t
  long readlinkat(int dir, @In byte[] path, @Out byte[] buffer, @size_t long size);

  int lsetxattr(@In byte[] path, @In byte[] name, @In byte[] value, @size_t long size, int flags);

  @ssize_t
  long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, @size_t long size);

  @ssize_t
  long llistxattr(@In byte[] path, @Out byte[] list, @size_t long size);

  int syncfs(int fd);
}
