package dev.carafe.agent.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.carafe.agent.image.spec.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecompressionTest {
  private static final Digest ANY = Digest.of(new byte[0]);

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String read(byte[] bytes) throws IOException {
    // One byte a read and available() 0, as a slow network gives them.
    InputStream trickle =
        new InputStream() {
          private final InputStream in = new ByteArrayInputStream(bytes);

          @Override
          public int read() throws IOException {
            return in.read();
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            return in.read(buffer, offset, Math.min(1, length));
          }
        };
    MeasuredStream measured =
        new MeasuredStream(trickle, ANY, Long.MAX_VALUE, limit -> new IllegalStateException());
    try (InputStream plain = Decompression.open(measured)) {
      String text = new String(plain.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(measured.finish()).isEqualTo(Digest.of(bytes));
      return text;
    }
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  @Test
  void gzipMembersAreReadToTheLast() throws IOException {
    assertThat(read(join(gzip("one "), gzip("two "), gzip("three")))).isEqualTo("one two three");
  }

  @Test
  void zstdFramesAndSkippableFramesAreRead() throws IOException {
    byte[] skippable = {0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'x', 'x'};
    byte[] one = Zstd.compress("one ".getBytes(StandardCharsets.UTF_8));
    byte[] two = Zstd.compress("two".getBytes(StandardCharsets.UTF_8));
    assertThat(read(join(skippable, one, two, skippable))).isEqualTo("one two");
  }

  @Test
  void whatIsNotCompressedComesAsItIs() throws IOException {
    assertThat(read("plain".getBytes(StandardCharsets.UTF_8))).isEqualTo("plain");
    assertThat(read(new byte[0])).isEmpty();
    assertThat(read(new byte[] {0x1f})).hasSize(1);
  }
}
