package dev.carafe.runtime.linux;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.ffi.LibraryLoader;

/** Swaps two names as fast as it can, until closed: what a racing image does. */
public final class Renames implements AutoCloseable {
  private static final int AT_FDCWD = -100;
  private static final int RENAME_EXCHANGE = 2;

  /** renameat2(2). */
  public interface Libc {
    int renameat2(int fromDirectory, String from, int toDirectory, String to, int flags);
  }

  private final AtomicBoolean ended = new AtomicBoolean();
  private final Thread thread;

  /** Starts. */
  public Renames(Path one, Path other) {
    Libc libc = LibraryLoader.create(Libc.class).load("c");
    this.thread =
        Thread.ofPlatform()
            .start(() -> {
              while (!ended.get()) {
                libc.renameat2(
                    AT_FDCWD, one.toString(), AT_FDCWD, other.toString(), RENAME_EXCHANGE);
              }
            });
  }

  @Override
  public void close() {
    ended.set(true);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
