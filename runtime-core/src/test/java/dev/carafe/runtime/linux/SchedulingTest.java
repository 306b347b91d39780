package dev.carafe.runtime.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Needs CAP_SYS_NICE. */
class SchedulingTest {
  private static final int NICE = 19;

  /** The nice value of the calling thread (proc_pid_stat(5)). */
  private static int nice() throws Exception {
    String stat = Files.readString(Path.of("/proc/thread-self/stat"));
    // After the name, which may hold blanks, fields begin with the third.
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE - 3]);
  }

  @Test
  void aPreferredThreadsChildrenAreOrdinary() throws Exception {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "SKIP root: only root may prefer threads");
    int ordinary = nice();
    CountDownLatch named = new CountDownLatch(1);
    CountDownLatch preferred = new CountDownLatch(1);
    Exchanger<Integer> values = new Exchanger<>();
    FutureTask<Integer> own =
        new FutureTask<>(() -> {
          named.countDown();
          preferred.await();
          FutureTask<Integer> child = new FutureTask<>(SchedulingTest::nice);
          Thread.ofPlatform().start(child);
          values.exchange(child.get());
          return nice();
        });
    Thread.ofPlatform().name("preferred-test").start(own);
    named.await();

    assertThat(Scheduling.prefer("preferred-test"::equals)).isEqualTo(1);
    preferred.countDown();

    assertThat(values.exchange(0)).isZero();
    assertThat(own.get()).isEqualTo(-20);
    assertThat(nice()).isEqualTo(ordinary);
  }
}
