package dev.carafe.runtime.shim;

import dev.carafe.runtime.linux.MemfdCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One sealed memfd with the shim's program, from which every shim of this agent runs, so that all
 * share its pages (KERNEL.md 7: own memfds cost 856 KiB PSS a shim, a shared one 156). Immutable;
 * lives as long as it is not closed, and running shims keep their pages beyond that.
 */
public final class ShimImage implements AutoCloseable {
  private final MemfdCalls calls;
  private final int fd;

  private ShimImage(MemfdCalls calls, int fd) {
    this.calls = calls;
    this.fd = fd;
  }

  /** Copies the program to a memfd and seals it. */
  public static ShimImage of(Path program) throws IOException {
    byte[] bytes = Files.readAllBytes(program);
    MemfdCalls calls = MemfdCalls.load();
    return new ShimImage(calls, calls.sealed("carafe-shim", bytes));
  }

  /** What to execute. */
  public Path path() {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
