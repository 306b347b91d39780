package dev.carafe.e2e.stream;

import static java.util.Objects.requireNonNull;

/** Ways to carry a process's stdio (facts of the channel protocol: k8s.io/cri-streaming). */
public enum Dialect {
  /** SPDY without a protocol named. */
  SPDY_UNNAMED(""),
  /** SPDY, first version. */
  SPDY_V1("channel.k8s.io"),
  /** SPDY with half-close. */
  SPDY_V2("v2.channel.k8s.io"),
  /** SPDY with sizes. */
  SPDY_V3("v3.channel.k8s.io"),
  /** SPDY with a status object. */
  SPDY_V4("v4.channel.k8s.io"),
  /** WebSocket without a subprotocol. */
  WEBSOCKET_UNNAMED(""),
  /** WebSocket, first version. */
  WEBSOCKET_V1("channel.k8s.io"),
  /** The same in base64. */
  WEBSOCKET_V1_BASE64("base64.channel.k8s.io"),
  /** WebSocket with a status object. */
  WEBSOCKET_V4("v4.channel.k8s.io"),
  /** The same in base64. */
  WEBSOCKET_V4_BASE64("v4.base64.channel.k8s.io"),
  /** WebSocket with a close signal. */
  WEBSOCKET_V5("v5.channel.k8s.io");

  private final String protocol;

  Dialect(String protocol) {
    this.protocol = requireNonNull(protocol);
  }

  /** As it is negotiated; "" for unnamed. */
  public String protocol() {
    return protocol;
  }

  /** Whether it is SPDY. */
  public boolean spdy() {
    return name().startsWith("SPDY");
  }

  /** Whether messages are text. */
  public boolean base64() {
    return name().endsWith("BASE64");
  }

  /** Whether the error channel has a status object, not words. */
  public boolean statusObject() {
    return protocol.startsWith("v4") || protocol.startsWith("v5");
  }
}
