package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** CRI logs: format, splitting, reopening, full and hung disks. */
@ExtendWith(ShimExtension.class)
class ShimLogIT {
  private final ShimFixture shim;

  ShimLogIT(ShimFixture shim) {
    this.shim = shim;
  }

  @Test
  void splitsLongLinesAndMarksTheLastOneWithoutAnEnd() throws Exception {
    shim.client.start(logged("c1", "printf '%0100d\\n%0101d\\nend' 0 0", shim.path("c1.log"), 100));
    shim.awaitExit("c1");
    assertThat(texts(shim.path("c1.log")))
        .containsExactly(
            "stdout F " + "0".repeat(100),
            "stdout P " + "0".repeat(100),
            "stdout F 0",
            "stdout P end");
    assertThat(Files.getPosixFilePermissions(shim.path("c1.log")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
  }

  @Test
  void aPartialLineIsClosedInTheNewFile() throws Exception {
    String script = "printf '%0150d' 0; read x; echo end";
    LaunchRequest request = logged("c1", script, shim.path("c1.log"), 100);
    shim.client.start(withStdin(request));
    await().until(() -> texts(shim.path("c1.log")).size() == 1);
    Files.move(shim.path("c1.log"), shim.path("old"));
    shim.client.reopenLog("c1");
    try (AttachStream stream = shim.client.attach("c1", true, false, false)) {
      stream.writeStdin(new byte[] {'\n'}, 0, 1);
      shim.awaitExit("c1");
    }
    assertThat(texts(shim.path("old"))).containsExactly("stdout P " + "0".repeat(100));
    assertThat(texts(shim.path("c1.log"))).containsExactly("stdout F " + "0".repeat(50) + "end");
  }

  @Test
  void aMillionLinesSurviveReopeningNoneLostNoneDoubled() throws Exception {
    int lines = 1_000_000;
    Path log = shim.path("c1.log");
    List<Path> files = new ArrayList<>();
    String script =
        "i=0; while [ $i -lt 1000000 ]; do seq $((i+1)) $((i+50000)); i=$((i+50000)); sleep 0.03; done";
    shim.client.start(logged("c1", script, log, 0));
    while (shim.exit("c1") == null) {
      Path old = shim.path("old." + files.size());
      Files.move(log, old);
      files.add(old);
      try {
        shim.client.reopenLog("c1");
      } catch (ShimException e) {
        assertThat(e.errno()).isEqualTo(3);
        break;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    shim.awaitExit("c1");
    files.add(log);
    long expected = 1;
    for (Path file : files) {
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          int tag = line.indexOf(" stdout F ");
          assertThat(Long.parseLong(line.substring(tag + 10))).isEqualTo(expected);
          expected++;
        }
      }
    }
    assertThat(expected - 1).isEqualTo(lines);
    assertThat(files.size()).isGreaterThan(10);
  }

  @Test
  void aFailedReopenLeavesTheOldFileInUseAndNothingBehind() throws Exception {
    Path dir = Files.createDirectory(shim.path("logs"));
    Path log = dir.resolve("0.log");
    shim.client.start(withStdin(logged("c1", "exec cat", log, 0)));
    Path moved = shim.path("moved");
    Files.move(dir, moved);
    assertThatThrownBy(() -> shim.client.reopenLog("c1"))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(2));
    try (AttachStream stream = shim.client.attach("c1", true, false, false)) {
      stream.writeStdin("still here\n".getBytes(StandardCharsets.UTF_8), 0, 11);
      await().until(() -> texts(moved.resolve("0.log")).contains("stdout F still here"));
    }
    assertThat(dir).doesNotExist();
    shim.client.signal("c1", 9, false);
    shim.awaitExit("c1");
    assertThatThrownBy(() -> shim.client.reopenLog("c1"))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(3));
  }

  @Test
  void aLogThatCannotBeOpenedFailsTheStart() {
    assertThatThrownBy(
            () -> shim.client.start(logged("c1", "exit 0", shim.path("no/such/dir.log"), 0)))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(2))
        .hasMessageContaining("no/such/dir.log");
    assertThatThrownBy(() -> shim.client.start(logged("c2", "exit 0", Path.of("/dev/null"), 0)))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(22));
  }

  @Test
  void aFullDiskLosesCountedLinesAndNothingElse() throws Exception {
    Path disk = Files.createDirectory(shim.path("disk"));
    run("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "carafe-test-shim", disk.toString());
    try {
      Path log = disk.resolve("0.log");
      String script = "seq 1 20000; read x; echo sync; read x; echo last";
      shim.client.start(withStdin(logged("c1", script, log, 0)));
      await("the disk is full").until(() -> Files.size(log) == 64 * 1024);
      try (AttachStream stream = shim.client.attach("c1", true, true, false)) {
        stream.writeStdin(new byte[] {'\n'}, 0, 1);
        String seen = "";
        while (!seen.endsWith("sync\n")) {
          seen = new String(stdout(stream), StandardCharsets.UTF_8);
        }
        Files.move(log, disk.resolve("old"));
        Files.delete(disk.resolve("old"));
        shim.client.reopenLog("c1");
        stream.writeStdin(new byte[] {'\n'}, 0, 1);
        assertThat(shim.awaitExit("c1").exitCode()).isZero();
      }
      await().until(() -> !texts(log).isEmpty() && texts(log).getLast().equals("stdout F last"));
      assertThat(texts(log))
          .anyMatch(text -> text.matches("stderr F carafe: \\d+ log records lost.*"));
    } finally {
      run("/bin/umount", "-l", disk.toString());
    }
  }

  @Test
  void aHungDiskDelaysNoExitNoAttachAndNoStart() throws Exception {
    Path freezable = shim.path("hung");
    assumeTrue(HungDisk.available(), "SKIP hung log disk: no loop device or fsfreeze");
    try (HungDisk disk = HungDisk.mount(freezable)) {
      Path log = freezable.resolve("0.log");
      shim.client.start(logged("c1", "while :; do echo line; sleep 0.001; done", log, 0));
      shim.client.start(logged("c2", "exec yes", freezable.resolve("1.log"), 0));
      await().until(() -> Files.size(log) > 0);
      disk.freeze();
      long before = System.nanoTime();
      try (AttachStream stream = shim.client.attach("c1", false, true, false)) {
        assertThat(stream.read()).isInstanceOf(StreamFrame.Stdout.class);
        for (int i = 0; i < 500; i++) {
          assertThat(stream.read()).isNotNull();
        }
      }
      for (String id : List.of("c1", "c2")) {
        shim.client.signal(id, 9, false);
        assertThat(shim.awaitExit(id).exitCode()).isEqualTo(137);
      }
      shim.client.start(LaunchRequest.plain("c3", ProcessKind.CONTAINER, Plans.shell("exit 4")));
      assertThat(shim.awaitExit("c3").exitCode()).isEqualTo(4);
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
      disk.thaw();
      await().until(() -> texts(log).stream().anyMatch(t -> t.contains("log records lost")));
    }
  }

  private static byte[] stdout(AttachStream stream) throws IOException {
    if (stream.read() instanceof StreamFrame.Stdout(byte[] bytes)) {
      return bytes;
    }
    throw new IOException("no output");
  }

  private LaunchRequest logged(String id, String script, Path log, int lineMax) {
    return new LaunchRequest(
        id,
        ProcessKind.CONTAINER,
        null,
        Plans.shell(script),
        LaunchRequest.Stdio.OUTPUT,
        new LaunchRequest.Log(log, lineMax),
        null,
        List.of(),
        null,
        false);
  }

  private static LaunchRequest withStdin(LaunchRequest r) {
    return new LaunchRequest(
        r.id(),
        r.kind(),
        r.target(),
        r.plan(),
        new LaunchRequest.Stdio(false, true, false),
        r.log(),
        r.exitRecord(),
        r.cgroupDirs(),
        r.oomCounter(),
        r.killRest());
  }

  /** The records without their times. */
  private static List<String> texts(Path log) throws IOException {
    return Files.readAllLines(log).stream()
        .map(line -> line.substring(Math.min(line.length(), line.indexOf(' ') + 1)))
        .toList();
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** A small ext4 on a loop device that can be frozen. */
  private record HungDisk(Path mount) implements AutoCloseable {
    static boolean available() {
      return Files.exists(Path.of("/dev/loop-control"))
          && Files.isExecutable(Path.of("/sbin/fsfreeze"))
          && Files.isExecutable(Path.of("/sbin/mkfs.ext4"));
    }

    static HungDisk mount(Path at) throws Exception {
      Files.createDirectory(at);
      Path image = at.resolveSibling("disk.img");
      try (FileChannel file =
          FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[1]), 64 * 1024 * 1024 - 1);
      }
      run("/sbin/mkfs.ext4", "-q", image.toString());
      run("/bin/mount", "-o", "loop", image.toString(), at.toString());
      return new HungDisk(at);
    }

    void freeze() throws Exception {
      run("/sbin/fsfreeze", "-f", mount.toString());
    }

    void thaw() throws Exception {
      run("/sbin/fsfreeze", "-u", mount.toString());
    }

    @Override
    public void close() throws IOException {
      try {
        new ProcessBuilder("/sbin/fsfreeze", "-u", mount.toString()).start().waitFor();
        new ProcessBuilder("/bin/umount", "-l", mount.toString()).start().waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
