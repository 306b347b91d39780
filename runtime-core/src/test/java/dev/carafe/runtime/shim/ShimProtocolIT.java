package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A shim outlives whatever its peers send. */
@ExtendWith(ShimExtension.class)
@Timeout(120)
class ShimProtocolIT {
  private final ShimFixture shim;

  ShimProtocolIT(ShimFixture shim) {
    this.shim = shim;
  }

  @Test
  void saysWhoItIs() throws Exception {
    ShimInfo info = shim.client.hello();
    assertThat(info.version()).isEqualTo(1);
    assertThat(info.podId()).isEqualTo("pod-1");
    assertThat(info.pid()).isEqualTo(shim.pid);
  }

  @Test
  void aPlanOfFourMebibytesRunsAndALargerOneIsRefused() throws Exception {
    Started started = shim.start("c1", planOf(4 << 20));
    assertThat(started.state()).isEqualTo(ProcessState.RUNNING);
    assertThat(shim.awaitExit("c1").exitCode()).isEqualTo(6);

    byte[] larger = planOf((4 << 20) + 1);
    assertThatThrownBy(() -> LaunchRequest.plain("c2", ProcessKind.CONTAINER, larger))
        .hasMessageContaining("expected at most 4194304");
    WireWriter raw = new WireWriter().str("c2").u8(1).str("").blob(larger).u8(0).u8(0).u8(0);
    raw.str("").u32(0).str("").u32(0).str("").u8(0);
    try (FrameChannel channel = FrameChannel.connect(shim.dir)) {
      channel.write(raw.frame(ShimMessage.START, 3));
      assertThat(failure(channel, 3)).isEqualTo(74);
    }
  }

  /** Writes to /dev/null until the plan is as long as that, then exits with 6. */
  private static byte[] planOf(int bytes) {
    List<byte[]> operations = new ArrayList<>();
    operations.add(Plans.op(2, new WireWriter().u16(1).str("/dev/null").u32(2)));
    byte[] last = Plans.exec("/bin/sh", "-c", "exit 6");
    int left = bytes - Plans.plan(operations.getFirst(), last).length;
    int around = Plans.op(4, new WireWriter().u16(1).str("")).length;
    while (left > 0) {
      int text = Math.min(left - around, 100_000);
      operations.add(Plans.op(4, new WireWriter().u16(1).str("x".repeat(text))));
      left -= around + text;
    }
    operations.add(last);
    return Plans.plan(operations.toArray(byte[][]::new));
  }

  @Test
  void anUnknownTypeIsEnosysAndTheConnectionGoesOn() throws Exception {
    try (FrameChannel channel = FrameChannel.connect(shim.dir)) {
      channel.write(raw(999, 7, new byte[3]));
      assertThat(failure(channel, 7)).isEqualTo(38);
      channel.write(raw(ShimMessage.LIST.code(), 8, new byte[1]));
      assertThat(failure(channel, 8)).isEqualTo(74);
      channel.write(new WireWriter().frame(ShimMessage.LIST, 9));
      Frame frame = channel.read();
      assertThat(frame).isNotNull();
      assertThat(frame.type()).isEqualTo(ShimMessage.LIST.code() | ShimMessage.REPLY_BIT);
    }
  }

  @Test
  void tooLongAFrameAndAReservedFieldCloseTheConnection() throws Exception {
    for (int[] head : new int[][] {{9 << 20, 0}, {-1, 0}, {0, 1}}) {
      try (FrameChannel channel = FrameChannel.connect(shim.dir)) {
        ByteBuffer frame = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(head[0]).putShort((short) 6).putShort((short) head[1]).putInt(5).flip();
        channel.write(frame);
        assertThat(failure(channel, 5)).isIn(74, 90);
        assertThat(channel.read()).isNull();
      }
    }
    assertThat(shim.client.list()).isEmpty();
  }

  @Test
  void badLaunchesMakeNothing() throws Exception {
    List<LaunchRequest> bad = new ArrayList<>();
    for (String id : List.of("", "a/b", "a\"b", "x".repeat(128))) {
      bad.add(LaunchRequest.plain(id, ProcessKind.CONTAINER, Plans.shell("exit 0")));
    }
    bad.add(LaunchRequest.plain("c1", ProcessKind.CONTAINER, new byte[0]));
    bad.add(LaunchRequest.plain("c1", ProcessKind.CONTAINER, new byte[100]));
    bad.add(LaunchRequest.plain("c1", ProcessKind.CONTAINER, Plans.plan(Plans.op(999))));
    bad.add(LaunchRequest.plain("c1", ProcessKind.CONTAINER, Plans.plan()));
    bad.add(LaunchRequest.plain("c1", ProcessKind.EXEC, Plans.shell("exit 0")));
    for (LaunchRequest request : bad) {
      assertThatThrownBy(() -> shim.client.start(request))
          .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isIn(74, 22, 38));
    }
    assertThat(shim.client.list()).isEmpty();
  }

  @Test
  void aMissingTargetIsEsrch() {
    LaunchRequest plain = LaunchRequest.plain("c1", ProcessKind.PREPARE, Plans.nothing());
    LaunchRequest request =
        new LaunchRequest(
            "c1",
            plain.kind(),
            "nobody",
            plain.plan(),
            plain.stdio(),
            null,
            null,
            List.of(),
            null,
            false);
    assertThatThrownBy(() -> shim.client.start(request))
        .isInstanceOfSatisfying(ShimException.class, e -> assertThat(e.errno()).isEqualTo(3))
        .hasMessageContaining("nobody");
  }

  @Test
  void randomFramesAndCutFramesDoNotHurt() throws Exception {
    shim.start("c1", Plans.shell("exec sleep 60"));
    long seed = System.nanoTime();
    Random random = new Random(seed);
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(shim.dir.resolve("shim.sock"));
    for (int i = 0; i < 2000; i++) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(address);
        channel.write(randomFrame(random));
      } catch (IOException e) {
        assertThat(e).as("seed %d", seed).hasMessageContaining("pipe");
      }
    }
    assertThat(shim.client.list()).as("seed %d", seed).extracting(ShimProcess::id).contains("c1");
    await().until(() -> openFiles() < 40);
  }

  @Test
  void manyConnectionsAreServed() throws Exception {
    List<ShimClient> all = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        ShimClient client = ShimClient.connect(shim.dir);
        all.add(client);
        assertThat(client.list()).isEmpty();
      }
    } finally {
      for (ShimClient client : all) {
        client.close();
      }
    }
  }

  @Test
  void anInterruptedCallerHurtsNobody() throws Exception {
    Path started = shim.path("started");
    RunRequest request =
        new RunRequest(
            List.of("/bin/sh", "-c", "echo > " + started + "; sleep 60"),
            List.of("PATH=/bin"),
            new byte[0],
            Duration.ZERO,
            100,
            null);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                shim.client.run(request);
              } catch (IOException | InterruptedException e) {
                ended.complete(e);
              }
            });
    await().until(() -> Files.exists(started));
    caller.interrupt();
    assertThat(ended.get(5, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    shim.client.settle(true);
    assertThat(shim.client.list()).isEmpty();
  }

  @Test
  void aKilledShimIsGone() throws Exception {
    ProcessHandle.of(shim.pid).orElseThrow().destroyForcibly();
    await().until(() -> shim.lost.size() == 1);
    assertThatThrownBy(() -> shim.client.list()).isInstanceOf(ShimGoneException.class);
    assertThatThrownBy(() -> ShimClient.connect(shim.dir)).isInstanceOf(ShimGoneException.class);
  }

  private long openFiles() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + shim.pid + "/fd"))) {
      return all.count();
    }
  }

  private static ByteBuffer randomFrame(Random random) {
    // Types that end the shim or kill what it started are left out.
    int[] types = {1, 3, 4, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 110, 113};
    byte[] payload = new byte[random.nextInt(200)];
    random.nextBytes(payload);
    if (payload.length > 8 && random.nextBoolean()) {
      payload[0] = (byte) random.nextInt(4); // a length that may be true
      payload[1] = payload[2] = payload[3] = 0;
    }
    ByteBuffer whole = raw(types[random.nextInt(types.length)], random.nextInt(), payload);
    if (random.nextInt(4) == 0) {
      whole.limit(random.nextInt(whole.limit() + 1));
    }
    return whole;
  }

  private static ByteBuffer raw(int type, int id, byte[] payload) {
    return ByteBuffer.allocate(12 + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(payload.length)
        .putShort((short) type)
        .putShort((short) 0)
        .putInt(id)
        .put(payload)
        .flip();
  }

  private static int failure(FrameChannel channel, int id) throws IOException {
    Frame frame = channel.read();
    assertThat(frame).isNotNull();
    assertThat(frame.type()).isEqualTo(ShimMessage.FAILURE);
    assertThat(frame.id()).isEqualTo(id);
    return WireReader.whole(frame.payload(), ShimException::decode).errno();
  }
}
