package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Port forwards over SPDY ({@code portforward.k8s.io}): for each connection the client opens an
 * error and a data stream with the same {@code requestid}. Event loop only.
 */
// A write that fails closes its connection, which is heard of there.
@SuppressWarnings("FutureReturnValueIgnored")
final class PortForward implements SpdySession.Acceptor {
  private static final int MAX_PORT = 65535;

  private final StreamRequest.Ports request;
  private final Connection connection;
  private final long creationMillis;
  private final Map<String, Half> halves = new HashMap<>();

  /** Waits for its other half. */
  private record Half(@Nullable SpdyStream error, @Nullable SpdyStream data, PortTunnel tunnel) {}

  PortForward(StreamRequest.Ports request, Connection connection, long creationMillis) {
    this.request = requireNonNull(request, "request is null");
    this.connection = requireNonNull(connection, "connection is null");
    this.creationMillis = creationMillis;
  }

  @Override
  public SpdySession.@Nullable Receiver opened(SpdyStream stream) {
    int port = port(stream.header("port"));
    boolean data = stream.header("streamtype").equals("data");
    if (port == 0 || (!data && !stream.header("streamtype").equals("error"))) {
      return null;
    }
    String id = requestId(stream, data);
    Half other = halves.remove(id);
    if (other == null) {
      PortTunnel tunnel = new PortTunnel(request.opener(), port, connection);
      Half half = new Half(data ? null : stream, data ? stream : null, tunnel);
      halves.put(id, half);
      expire(id, half);
      return receiver(tunnel, data);
    }
    SpdyStream first = data ? other.error : other.data;
    if (first == null || other.tunnel.port() != port) {
      halves.put(id, other);
      return null;
    }
    other.tunnel.start(data ? stream : first, data ? first : stream);
    return receiver(other.tunnel, data);
  }

  private static SpdySession.Receiver receiver(PortTunnel tunnel, boolean data) {
    return data ? tunnel : PortTunnel.UNHEARD;
  }

  private void expire(String id, Half half) {
    connection
        .channel()
        .eventLoop()
        .schedule(
            () -> {
              if (halves.remove(id, half)) {
                half.tunnel.refuse(half.error == null ? half.data : half.error);
              }
            },
            creationMillis,
            TimeUnit.MILLISECONDS);
  }

  /** Clients without request ids open the error stream first, the data stream next. */
  private static String requestId(SpdyStream stream, boolean data) {
    String id = stream.header("requestid");
    return id.isEmpty() ? "stream " + (data ? stream.id() - 2 : stream.id()) : id;
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}")) {
      return 0;
    }
    int port = Integer.parseInt(text);
    return port <= MAX_PORT ? port : 0;
  }
}
