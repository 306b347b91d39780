package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelPipeline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was agreed on with a client that speaks SPDY, straight or through a WebSocket.
 *
 * @param version of the channel protocol, null for a port forward
 */
record SpdyHandshake(StreamRequest request, @Nullable ChannelVersion version) {
  /** The header in which a client names protocols and the server its choice. */
  static final String PROTOCOL = "X-Stream-Protocol-Version";

  /** The header in which a refusing server names what it speaks. */
  static final String ACCEPTED = "X-Accepted-Stream-Protocol-Versions";

  /** The one protocol of port forwards. */
  static final String PORT_FORWARD = "portforward.k8s.io";

  SpdyHandshake {
    requireNonNull(request, "request is null");
  }

  /** The agreement, or null when the client offers only what is not spoken here. */
  static @Nullable SpdyHandshake of(StreamRequest request, List<String> offered) {
    return switch (request) {
      case StreamRequest.Stdio process -> {
        ChannelVersion version = ChannelVersion.negotiate(offered);
        yield version == null ? null : new SpdyHandshake(process, version);
      }
      case StreamRequest.Ports ports ->
          offered.isEmpty() || offered.contains(PORT_FORWARD)
              ? new SpdyHandshake(ports, null)
              : null;
    };
  }

  /** What this server speaks for such a request. */
  static List<String> accepted(StreamRequest request) {
    return switch (request) {
      case StreamRequest.Stdio process ->
          ChannelVersion.SPDY.stream().map(ChannelVersion::protocol).toList();
      case StreamRequest.Ports ports -> List.of(PORT_FORWARD);
    };
  }

  /** The name of the protocol agreed on. */
  String protocol() {
    return version == null ? PORT_FORWARD : version.protocol();
  }

  /** Puts the protocol at the pipeline's end, where bytes arrive. */
  void install(ChannelPipeline pipeline, StreamSettings settings) {
    Connection connection = new Connection(pipeline.channel());
    long creation = settings.creation().toMillis();
    SpdySession.Acceptor acceptor =
        switch (request) {
          case StreamRequest.Stdio process -> {
            SpdyProcess channels =
                new SpdyProcess(process, requireNonNull(version, "version is null"), connection);
            channels.expireAfter(creation);
            yield channels;
          }
          case StreamRequest.Ports ports -> new PortForward(ports, connection, creation);
        };
    pipeline.addLast(
        new ReadGate(), SpdySession.codec(), new SpdySession(connection, acceptor), connection);
  }
}
