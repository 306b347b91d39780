package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A launcher is a copy of a process with a second thread, made behind the C library's back: what it
 * calls must not wait for that thread. Launchers with another user, from shims whose log thread was
 * just made and is busy.
 */
class ShimForkIT {
  private static final int SHIMS = 10;
  private static final int STARTS = 30;
  private static final long ID = 4321;

  @TempDir Path temp;

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void threeHundredStartsWithAnotherUserHangNever() throws Exception {
    ShimFixture.requirePrerequisites();
    try (ShimImage image = ShimImage.of(ShimFixture.PROGRAM)) {
      for (int i = 0; i < SHIMS; i++) {
        ShimFixture shim = ShimFixture.start(temp, image.path());
        try {
          startMany(shim);
        } finally {
          shim.stop();
        }
      }
    }
  }

  private static void startMany(ShimFixture shim) throws Exception {
    byte[] quick = asUser("test $(id -u):$(id -g) = 4321:4321");
    // Without a log it need not wait for the log thread, which may not have run yet.
    shim.client.start(LaunchRequest.plain("first", ProcessKind.CONTAINER, quick));
    shim.start("noise", Plans.shell("while :; do seq 1 200; done"));
    for (int i = 0; i < STARTS - 1; i++) {
      shim.start("c" + i, quick);
    }
    await("the exits of " + STARTS + " programs")
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> shim.events.size() == STARTS);
    assertThat(shim.events)
        .allSatisfy(event ->
            assertThat(event)
                .isInstanceOfSatisfying(
                    ShimEvent.Exited.class,
                    exit -> assertThat(exit.process().exitCode()).isZero()));
  }

  private static byte[] asUser(String script) {
    WireWriter credentials = new WireWriter().u32(ID).u32(ID).u32(0).bool(true);
    credentials.u64(0).u64(0).u64(0).u64(0).u64(0);
    return Plans.plan(
        Plans.op(60, new WireWriter().u32(0)),
        Plans.op(42, credentials),
        Plans.exec("/bin/sh", "-c", script));
  }
}
