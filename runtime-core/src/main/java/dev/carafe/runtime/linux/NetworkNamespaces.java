package dev.carafe.runtime.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Looks into network namespaces. setns(2) moves one thread, and the rest of the process stays where
 * it is: so one thread of its own goes from namespace to namespace, and home at the end.
 * Thread-safe; one visit at a time, which takes some 20 us a namespace.
 */
public final class NetworkNamespaces implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;
  private static final Path HOME = Path.of("/proc/self/ns/net");
  private static final Path COUNTERS = Path.of("/proc/thread-self/net/dev");

  /** The C functions; public because jnr-ffi implements it. */
  public interface Functions {
    /** open(2). */
    int open(String path, int flags);

    /** setns(2). */
    int setns(int fd, int type);

    /** close(2). */
    int close(int fd);
  }

  private final Functions libc = Native.libc(Functions.class);
  private final ExecutorService traveller =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("network-namespaces").factory());

  /**
   * The text of /proc/net/dev in each of these namespaces, read one after the other. One that
   * cannot be entered, for its pod has ended meanwhile, is left out.
   *
   * @throws IOException when the way home is lost
   */
  public Map<Path, String> counters(Collection<Path> namespaces)
      throws IOException, InterruptedException {
    try {
      return traveller.submit(() -> visit(namespaces)).get();
    } catch (ExecutionException failed) {
      throw new IOException("cannot read the counters of network interfaces", failed.getCause());
    }
  }

  private Map<Path, String> visit(Collection<Path> namespaces) throws IOException {
    Map<Path, String> found = new HashMap<>();
    int home = (int) open(HOME).orThrow("open " + HOME);
    try {
      for (Path namespace : namespaces) {
        if (enter(namespace)) {
          found.put(namespace, KernelFiles.read(COUNTERS));
        }
      }
      return found;
    } finally {
      Native.call(() -> libc.setns(home, CLONE_NEWNET)).orThrow("return to " + HOME);
      libc.close(home);
    }
  }

  private boolean enter(Path namespace) {
    SyscallResult opened = open(namespace);
    if (opened.failed()) {
      return false;
    }
    int fd = (int) opened.value();
    SyscallResult entered = Native.call(() -> libc.setns(fd, CLONE_NEWNET));
    libc.close(fd);
    return !entered.failed();
  }

  private SyscallResult open(Path file) {
    return Native.call(() -> libc.open(file.toString(), O_RDONLY_CLOEXEC));
  }

  /** Ends the thread. */
  @Override
  public void close() {
    traveller.shutdown();
  }
}
