package dev.carafe.agent.image.registry;

import java.net.http.HttpClient;
import java.util.HashMap;
import java.util.Map;

/**
 * The HTTP clients of one pull: the shared one, and one for each host with TLS settings of its own,
 * whose files are read anew each time. Thread-safe.
 */
final class HttpClients implements AutoCloseable {
  private final HttpClient shared;
  private final Map<RegistryHost.Tls, HttpClient> special = new HashMap<>();

  HttpClients(HttpClient shared) {
    this.shared = shared;
  }

  HttpClient of(RegistryHost.Tls tls) {
    if (tls.equals(RegistryHost.Tls.DEFAULT)) {
      return shared;
    }
    synchronized (special) {
      return special.computeIfAbsent(
          tls, t -> HttpTransport.builder().sslContext(TlsContexts.create(t)).build());
    }
  }

  @Override
  public void close() {
    synchronized (special) {
      special.values().forEach(HttpClient::shutdownNow);
      special.clear();
    }
  }
}
