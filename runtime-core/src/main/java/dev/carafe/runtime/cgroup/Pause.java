package dev.carafe.runtime.cgroup;

import java.util.concurrent.locks.LockSupport;

/**
 * A short wait for the kernel, which has no event to wait for; never cut short by an interrupt for
 * long.
 */
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    LockSupport.parkNanos(millis * 1_000_000);
  }
}
