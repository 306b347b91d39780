package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The versions of the channel protocol (k8s.io/cri-streaming) for exec and attach. */
enum ChannelVersion {
  V1("channel.k8s.io"),
  V2("v2.channel.k8s.io"),
  V3("v3.channel.k8s.io"),
  V4("v4.channel.k8s.io"),
  V5("v5.channel.k8s.io");

  /** What is offered over SPDY, newest first; v5 is for WebSocket alone. */
  static final List<ChannelVersion> SPDY = List.of(V4, V3, V2, V1);

  private final String protocol;

  ChannelVersion(String protocol) {
    this.protocol = requireNonNull(protocol);
  }

  /** Its name in a request's and a response's headers. */
  String protocol() {
    return protocol;
  }

  /** Whether there is a channel for terminal sizes. */
  boolean resizes() {
    return compareTo(V3) >= 0;
  }

  /** What its error channel says of an end; may be empty. */
  byte[] render(ExitStatus status) {
    return compareTo(V4) >= 0 ? status.json() : status.text();
  }

  /**
   * The first that a SPDY client names and this server knows; v1 when it names none, null when it
   * knows none of them.
   */
  static @Nullable ChannelVersion negotiate(List<String> offered) {
    if (offered.isEmpty()) {
      return V1;
    }
    for (String name : offered) {
      for (ChannelVersion version : SPDY) {
        if (version.protocol.equals(name)) {
          return version;
        }
      }
    }
    return null;
  }
}
