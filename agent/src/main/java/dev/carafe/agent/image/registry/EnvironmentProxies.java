package dev.carafe.agent.image.registry;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, in capitals or not, as other runtimes
 * and curl take them from their unit's environment. This machine itself is always asked directly.
 * Immutable, thread-safe.
 */
final class EnvironmentProxies extends ProxySelector {
  private static final int DEFAULT_PORT = 3128;

  private final @Nullable InetSocketAddress https;
  private final @Nullable InetSocketAddress http;
  private final List<String> direct;

  EnvironmentProxies(Map<String, String> environment) {
    this.https = address(value(environment, "HTTPS_PROXY"));
    this.http = address(value(environment, "HTTP_PROXY"));
    List<String> names = new ArrayList<>();
    for (String name : value(environment, "NO_PROXY").split(",", -1)) {
      String plain = name.strip().toLowerCase(Locale.ROOT);
      if (!plain.isEmpty()) {
        names.add(plain.startsWith("*.") ? plain.substring(1) : plain);
      }
    }
    this.direct = List.copyOf(names);
  }

  private static String value(Map<String, String> environment, String name) {
    String value = environment.get(name);
    return value != null ? value : environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
  }

  /** Of {@code http://HOST:PORT} or {@code HOST:PORT}; null for nothing that makes sense. */
  private static @Nullable InetSocketAddress address(String text) {
    if (text.isBlank()) {
      return null;
    }
    URI url;
    try {
      url = URI.create(text.contains("://") ? text.strip() : "http://" + text.strip());
    } catch (IllegalArgumentException notAUrl) {
      return null;
    }
    return url.getHost() == null
        ? null
        // Resolved with each connection, for a proxy may move.
        : InetSocketAddress.createUnresolved(
            url.getHost(), url.getPort() < 0 ? DEFAULT_PORT : url.getPort());
  }

  @Override
  public List<Proxy> select(URI uri) {
    InetSocketAddress proxy = "https".equals(uri.getScheme()) ? https : http;
    return proxy == null || isDirect(uri)
        ? List.of(Proxy.NO_PROXY)
        : List.of(new Proxy(Proxy.Type.HTTP, proxy));
  }

  private boolean isDirect(URI uri) {
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
      return true;
    }
    String withPort = host + ":" + uri.getPort();
    return direct.stream()
        .anyMatch(name -> {
          String suffix = name.startsWith(".") ? name : "." + name;
          return name.equals("*")
              || name.equals(host)
              || name.equals(withPort)
              || host.endsWith(suffix);
        });
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // The request tells.
  }
}
