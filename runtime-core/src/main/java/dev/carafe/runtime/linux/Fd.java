package dev.carafe.runtime.linux;

import java.nio.file.Path;

/** An open descriptor. Not thread-safe to close while in use elsewhere. */
public final class Fd implements AutoCloseable {
  private int number;

  Fd(int number) {
    this.number = number;
  }

  /** What the kernel knows it by. */
  int number() {
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
      FileSyscalls.call(libc -> libc.close(open));
    }
  }
}
