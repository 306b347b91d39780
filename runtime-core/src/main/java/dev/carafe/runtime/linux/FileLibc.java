package dev.carafe.runtime.linux;

import java.nio.ByteBuffer;

/**
 * The C library's calls on files, as {@link Native} wants them declared; use {@link FileCalls} and
 * {@link Xattrs} instead.
 */
@SuppressWarnings("MethodName")
public interface FileLibc {
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

  long getdents64(int dir, byte[] buffer, long size);

  long readlinkat(int dir, byte[] path, byte[] buffer, long size);

  int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

  long lgetxattr(byte[] path, byte[] name, byte[] value, long size);

  long llistxattr(byte[] path, byte[] list, long size);

  int syncfs(int fd);
}
