package dev.carafe.agent.stream;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the streaming server listens.
 *
 * @param listen its address, unresolved; port 0 picks a free one
 * @param tlsCert certificate chain in PEM, null for plain HTTP
 * @param tlsKey its PKCS#8 key in PEM, null exactly when {@code tlsCert} is
 * @param idle a connection on which nothing moves this long is closed
 * @param creation how long a client may take to ask for its upgrade and to open all its streams
 */
public record StreamSettings(
    InetSocketAddress listen,
    @Nullable Path tlsCert,
    @Nullable Path tlsKey,
    Duration idle,
    Duration creation) {
  private static final Duration IDLE = Duration.ofHours(4);
  private static final Duration CREATION = Duration.ofSeconds(30);

  /** Checks the components. */
  public StreamSettings {
    requireNonNull(listen, "listen is null");
    requireNonNull(idle, "idle is null");
    requireNonNull(creation, "creation is null");
    if ((tlsCert == null) != (tlsKey == null)) {
      throw new IllegalArgumentException("expected a certificate and its key, or neither");
    }
  }

  /** With the times that both the kubelet and the other runtimes use: 4 h idle, 30 s creation. */
  public static StreamSettings of(
      InetSocketAddress listen, @Nullable Path tlsCert, @Nullable Path tlsKey) {
    return new StreamSettings(listen, tlsCert, tlsKey, IDLE, CREATION);
  }
}
