package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketFormatTest {
  private static WebSocketFormat format(String name) {
    return requireNonNull(WebSocketFormat.negotiate(List.of(name)));
  }

  @ParameterizedTest
  @CsvSource({
    "v5.channel.k8s.io, V5, false",
    "v4.channel.k8s.io, V4, false",
    "v4.base64.channel.k8s.io, V4, true",
    "channel.k8s.io, V1, false",
    "base64.channel.k8s.io, V1, true"
  })
  void everyNameHasItsVersionAndForm(String name, ChannelVersion version, boolean base64) {
    WebSocketFormat format = format(name);
    assertThat(format.version()).isEqualTo(version);
    assertThat(format.base64()).isEqualTo(base64);
    assertThat(format.closes()).isEqualTo(version == ChannelVersion.V5);
  }

  @Test
  void theClientsOrderCounts() {
    assertThat(
            WebSocketFormat.negotiate(
                List.of("v9.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io")))
        .isEqualTo(format("v4.channel.k8s.io"));
    assertThat(WebSocketFormat.negotiate(List.of("v9.channel.k8s.io"))).isNull();
    assertThat(requireNonNull(WebSocketFormat.negotiate(List.of())).version())
        .isEqualTo(ChannelVersion.V1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v5.channel.k8s.io", "v4.base64.channel.k8s.io"})
  void whatIsEncodedIsDecoded(String name) {
    WebSocketFormat format = format(name);
    WebSocketFrame frame = format.encode(3, "bytes \u00ff".getBytes(UTF_8));
    assertThat(frame)
        .isInstanceOf(format.base64() ? TextWebSocketFrame.class : BinaryWebSocketFrame.class);
    byte[] raw = new byte[frame.content().readableBytes()];
    frame.content().readBytes(raw);
    WebSocketFormat.Message message = requireNonNull(format.decode(raw));
    assertThat(message.channel()).isEqualTo(3);
    assertThat(message.payload()).isEqualTo("bytes \u00ff".getBytes(UTF_8));
  }

  @Test
  void whatIsNoMessageIsNone() {
    assertThat(format("v4.channel.k8s.io").decode(new byte[0])).isNull();
    assertThat(format("base64.channel.k8s.io").decode("0not base64!".getBytes(UTF_8))).isNull();
    WebSocketFormat.Message close =
        requireNonNull(format("v5.channel.k8s.io").decode(new byte[] {(byte) 255, 0}));
    assertThat(close.channel()).isEqualTo(255);
    assertThat(close.payload()).containsExactly(0);
  }
}
