package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket subprotocol for exec and attach: the first byte of a message is its channel's number,
 * in the base64 forms a digit.
 *
 * @param name as negotiated, "" when the client named none
 */
record WebSocketFormat(String name, ChannelVersion version, boolean base64) {
  /** What is spoken here. */
  static final List<WebSocketFormat> ALL =
      List.of(
          new WebSocketFormat("v5.channel.k8s.io", ChannelVersion.V5, false),
          new WebSocketFormat("v4.channel.k8s.io", ChannelVersion.V4, false),
          new WebSocketFormat("v4.base64.channel.k8s.io", ChannelVersion.V4, true),
          new WebSocketFormat("channel.k8s.io", ChannelVersion.V1, false),
          new WebSocketFormat("base64.channel.k8s.io", ChannelVersion.V1, true));

  private static final WebSocketFormat UNNAMED = new WebSocketFormat("", ChannelVersion.V1, false);

  WebSocketFormat {
    requireNonNull(name, "name is null");
    requireNonNull(version, "version is null");
  }

  /**
   * A message.
   *
   * @param channel its number, 0 to 255
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Message(int channel, byte[] payload) {}

  /** The first that a client offers and this server knows, or null. */
  static @Nullable WebSocketFormat negotiate(List<String> offered) {
    if (offered.isEmpty()) {
      return UNNAMED;
    }
    for (String wanted : offered) {
      for (WebSocketFormat format : ALL) {
        if (format.name.equals(wanted)) {
          return format;
        }
      }
    }
    return null;
  }

  /** Whether (255, channel) closes a channel. */
  boolean closes() {
    return version == ChannelVersion.V5;
  }

  /** A frame with this payload. */
  WebSocketFrame encode(int channel, byte[] payload) {
    byte[] body = base64 ? Base64.getEncoder().encode(payload) : payload;
    byte[] head = {(byte) (base64 ? '0' + channel : channel)};
    return base64
        ? new TextWebSocketFrame(Unpooled.wrappedBuffer(head, body))
        : new BinaryWebSocketFrame(Unpooled.wrappedBuffer(head, body));
  }

  /** The message in a frame's bytes, or null when they are none. */
  @Nullable Message decode(byte[] bytes) {
    if (bytes.length == 0) {
      return null;
    }
    if (!base64) {
      return new Message(bytes[0] & 0xff, Arrays.copyOfRange(bytes, 1, bytes.length));
    }
    try {
      String body = new String(bytes, 1, bytes.length - 1, StandardCharsets.ISO_8859_1);
      return new Message(bytes[0] - '0', Base64.getDecoder().decode(body));
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }
}
