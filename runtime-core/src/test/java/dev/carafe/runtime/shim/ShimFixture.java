package dev.carafe.runtime.shim;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A shim of its own for a test, killed with everything it started. */
final class ShimFixture {
  static final Path PROGRAM =
      Path.of(System.getProperty("carafe.libexec", "")).resolve("carafe-shim");

  final Path dir;
  final ShimClient client;
  final int pid;
  final List<ShimEvent> events = new CopyOnWriteArrayList<>();
  final List<ShimGoneException> lost = new CopyOnWriteArrayList<>();

  private boolean stopped;

  private ShimFixture(Path dir, ShimClient client, int pid) {
    this.dir = dir;
    this.client = client;
    this.pid = pid;
  }

  /** What a shim needs and this machine has not, as a skip's line; null if nothing. */
  static @Nullable String missing() {
    if (!System.getProperty("user.name", "").equals("root")) {
      return "SKIP shim: needs root";
    }
    return Files.isExecutable(PROGRAM) ? null : "SKIP shim: " + PROGRAM + " is not built";
  }

  static void requirePrerequisites() {
    String missing = missing();
    assumeTrue(missing == null, missing);
  }

  static ShimFixture start(Path parent) throws IOException, InterruptedException {
    return start(parent, PROGRAM);
  }

  static ShimFixture start(Path parent, Path program) throws IOException, InterruptedException {
    Path dir =
        Files.createTempDirectory(
            parent,
            "pod",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    new ShimLauncher(program).start("pod-1", dir);
    ShimClient client = ShimClient.connect(dir);
    ShimFixture fixture = new ShimFixture(dir, client, client.hello().pid());
    client.subscribe(
        new ShimListener() {
          @Override
          public void onEvent(ShimEvent event) {
            fixture.events.add(event);
          }

          @Override
          public void onGone(ShimGoneException cause) {
            fixture.lost.add(cause);
          }
        });
    client.commit();
    return fixture;
  }

  Path path(String name) {
    return dir.resolve(name);
  }

  LaunchRequest container(String id, byte[] plan, LaunchRequest.Stdio stdio) {
    return new LaunchRequest(
        id,
        ProcessKind.CONTAINER,
        null,
        plan,
        stdio,
        new LaunchRequest.Log(path(id + ".log"), 0),
        path(id + ".exit"),
        List.of(),
        null,
        false);
  }

  Started start(String id, byte[] plan) throws IOException, InterruptedException {
    return client.start(container(id, plan, LaunchRequest.Stdio.OUTPUT));
  }

  ShimProcess awaitExit(String id) {
    return awaitExit(id, Duration.ofSeconds(20));
  }

  ShimProcess awaitExit(String id, Duration limit) {
    await("exit of " + id)
        .atMost(limit)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> exit(id) != null);
    ShimProcess exited = exit(id);
    assertThat(exited).isNotNull();
    return requireNonNull(exited);
  }

  @Nullable ShimProcess exit(String id) {
    for (ShimEvent event : events) {
      if (event instanceof ShimEvent.Exited(ShimProcess process) && process.id().equals(id)) {
        return process;
      }
    }
    return null;
  }

  String log(String id) throws IOException {
    return Files.readString(path(id + ".log"));
  }

  /** Does nothing the second time. */
  void stop() throws IOException, InterruptedException {
    if (stopped) {
      return;
    }
    stopped = true;
    try {
      for (ShimProcess process : client.list()) {
        if (process.state() != ProcessState.EXITED && process.state() != ProcessState.FAILED) {
          ProcessHandle.of(process.pid())
              .ifPresent(handle -> handle.descendants().forEach(ProcessHandle::destroyForcibly));
          kill(process.id());
        }
      }
      await("end of the shim")
          .atMost(Duration.ofSeconds(10))
          .ignoreExceptionsInstanceOf(ShimException.class)
          .until(() -> {
            client.shutdown();
            return true;
          });
    } catch (ShimGoneException e) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    } finally {
      client.close();
    }
  }

  private void kill(String id) throws IOException, InterruptedException {
    try {
      client.signal(id, 9, false);
    } catch (ShimException e) {
      assertThat(e.errno()).as("%s, unless it has exited meanwhile", e.getMessage()).isEqualTo(3);
    }
  }
}
