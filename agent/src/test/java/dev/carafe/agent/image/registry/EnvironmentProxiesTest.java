package dev.carafe.agent.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentProxiesTest {
  private static final EnvironmentProxies PROXIES =
      new EnvironmentProxies(
          Map.of(
              "HTTPS_PROXY",
              "http://secure:8080",
              "http_proxy",
              "plain",
              "NO_PROXY",
              "corp.test, .inner.test,*.star.test,exact.test:5000,10.1.2.3"));

  @ParameterizedTest
  @CsvSource({
    "https://registry.test/v2, secure:8080",
    "http://registry.test/v2, plain:3128",
    "https://corp.test/v2, ",
    "https://deep.corp.test/v2, ",
    "https://notcorp.test/v2, secure:8080",
    "https://a.inner.test/v2, ",
    "https://a.star.test/v2, ",
    "https://exact.test:5000/v2, ",
    "https://exact.test:5001/v2, secure:8080",
    "https://10.1.2.3/v2, ",
    "http://127.0.0.1:5000/v2, ",
    "http://localhost:5000/v2, ",
    "http://[::1]:5000/v2, ",
  })
  void theSchemeChoosesAndSomeAreAskedDirectly(URI uri, String proxy) {
    Proxy chosen = PROXIES.select(uri).getFirst();
    if (proxy == null) {
      assertThat(chosen).isEqualTo(Proxy.NO_PROXY);
    } else {
      InetSocketAddress address = (InetSocketAddress) chosen.address();
      assertThat(address.getHostString() + ":" + address.getPort()).isEqualTo(proxy);
      assertThat(address.isUnresolved()).isTrue();
    }
  }

  @Test
  void requestsGoThroughTheProxy() throws Exception {
    HttpServer proxy =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicReference<URI> asked = new AtomicReference<>();
    proxy.createContext(
        "/",
        exchange -> {
          asked.set(exchange.getRequestURI());
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    proxy.start();
    EnvironmentProxies proxies =
        new EnvironmentProxies(
            Map.of("HTTP_PROXY", "http://127.0.0.1:" + proxy.getAddress().getPort()));
    try (HttpClient client = HttpClient.newBuilder().proxy(proxies).build()) {
      URI uri = URI.create("http://registry.test/v2/");
      HttpResponse<Void> answer =
          client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
      assertThat(answer.statusCode()).isEqualTo(204);
      assertThat(asked.get()).isEqualTo(uri);
    } finally {
      proxy.stop(0);
    }
  }

  @Test
  void withoutVariablesAllIsDirect() {
    EnvironmentProxies none = new EnvironmentProxies(Map.of("HTTP_PROXY", "", "no_proxy", "*"));
    assertThat(none.select(URI.create("http://registry.test"))).containsExactly(Proxy.NO_PROXY);
  }
}
