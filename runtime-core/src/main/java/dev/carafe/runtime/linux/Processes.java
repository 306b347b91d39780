package dev.carafe.runtime.linux;

/** Signals to processes by number. */
public final class Processes {
  /** Public only because jnr-ffi implements it from another class loader. */
  public interface Functions {
    /** kill(2). */
    int kill(int pid, int signal);
  }

  private Processes() {}

  private static final class Bound {
    static final Functions LIBC = Native.libc(Functions.class);
  }

  /**
   * Sends a signal (kill(2)).
   *
   * @param pid positive: one process, never a group
   * @param signal a number; 0 only asks whether the process is there
   * @return whether there is such a process (a zombie is one)
   * @throws LinuxException when the kernel refuses for another reason than ESRCH
   */
  public static boolean signalIfAlive(int pid, int signal) {
    if (pid <= 0) {
      throw new IllegalArgumentException("pid " + pid + " is not one process");
    }
    SyscallResult result = Native.call(() -> Bound.LIBC.kill(pid, signal));
    if (result.failed() && result.error() == Errno.ESRCH) {
      return false;
    }
    result.orThrow("send signal " + signal + " to process " + pid);
    return true;
  }
}
