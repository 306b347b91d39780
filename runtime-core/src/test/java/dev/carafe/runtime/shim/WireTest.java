package dev.carafe.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The encoding of native/PROTOCOL.md section 1 on the Java side. */
class WireTest {
  @Test
  void writesAFrameInOneBuffer() {
    ByteBuffer frame = new WireWriter().str("ab").u16(0x1234).frame(ShimMessage.GO, 7);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    assertThat(bytes)
        .containsExactly(9, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 'a', 'b', 0, 0x34, 0x12);
  }

  @Test
  void growsAndRefusesWhatIsTooLong() {
    assertThat(new WireWriter().blob(new byte[1 << 20]).frame(ShimMessage.START, 1).remaining())
        .isEqualTo(12 + 4 + (1 << 20));
    assertThatThrownBy(() -> new WireWriter().str("x".repeat(131_073)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WireWriter().str("a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WireWriter().blob(new byte[9 << 20]).frame(ShimMessage.START, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyCutPayloadIsRefused() throws IOException {
    byte[] whole = body(new WireWriter().u32(1).str("e").str("b").u32(5).str("pod"));
    for (int i = 0; i < whole.length; i++) {
      byte[] cut = Arrays.copyOf(whole, i);
      assertThatThrownBy(() -> WireReader.whole(cut, ShimInfo::decode))
          .isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> WireReader.whole(new byte[] {0, 0, 0, 0, 9}, WireReader::i32))
        .hasMessageContaining("too many");
  }

  @Test
  void randomPayloadsNeverDoMoreThanAnIoException() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] payload = new byte[random.nextInt(120)];
      random.nextBytes(payload);
      for (int at = 0; at + 3 < payload.length; at += 4) {
        payload[at + 1] = payload[at + 2] = payload[at + 3] = 0;
      }
      for (int type : List.of(100, 101, 102, 110, 112, 117)) {
        try {
          Frame frame = new Frame(type, 0, payload);
          assertThat(type < 110 ? ShimEvent.decode(frame) : StreamFrame.decode(frame)).isNotNull();
        } catch (IOException e) {
          assertThat(e).as("seed %d", seed).hasMessageContaining("shim sent");
        }
      }
    }
  }

  @Test
  void timesAreWholeMilliseconds() {
    assertThat(ShimClient.millis(Duration.ZERO)).isZero();
    assertThat(ShimClient.millis(Duration.ofNanos(1))).isEqualTo(1);
    assertThatThrownBy(() -> ShimClient.millis(Duration.ofDays(60)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] body(WireWriter writer) {
    ByteBuffer frame = writer.frame(ShimMessage.HELLO, 0).position(WireWriter.HEAD);
    byte[] body = new byte[frame.remaining()];
    frame.get(body);
    return body;
  }
}
