package dev.carafe.agent.image.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.carafe.agent.image.TestImage;
import dev.carafe.agent.image.spec.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** A registry on loopback with one image, which misbehaves as it is told. */
final class FakeRegistry implements AutoCloseable {
  /** Answers a request, or leaves it to the next by returning false. */
  @FunctionalInterface
  interface Manner {
    boolean answer(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final TestImage image;
  private final Deque<Manner> once = new ArrayDeque<>();
  volatile boolean tellsDigests = true;
  private volatile Manner always = exchange -> false;

  /** {@code METHOD PATH?QUERY} of each request. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** The Authorization header of each request, empty where there was none. */
  final List<String> authorizations = new CopyOnWriteArrayList<>();

  /** The Range header of each request for a blob, empty where there was none. */
  final List<String> ranges = new CopyOnWriteArrayList<>();

  FakeRegistry(TestImage image) throws IOException {
    this.image = image;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  /** HOST:PORT. */
  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  URI url(String path) {
    return URI.create("http://" + host() + path);
  }

  /** Misbehaves in the next request that {@code manner} wants to answer. */
  void next(Manner manner) {
    synchronized (once) {
      once.add(manner);
    }
  }

  void always(Manner manner) {
    always = manner;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
      authorizations.add(header(exchange, "Authorization"));
      if (exchange.getRequestURI().getPath().contains("/blobs/")) {
        ranges.add(header(exchange, "Range"));
      }
      Manner manner;
      synchronized (once) {
        manner = once.peek();
      }
      if (manner != null && manner.answer(exchange)) {
        synchronized (once) {
          once.remove(manner);
        }
        return;
      }
      if (!always.answer(exchange)) {
        answerWell(exchange);
      }
    }
  }

  static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private void answerWell(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    Digest digest = last.startsWith("sha256:") ? Digest.parse(last) : image.manifest();
    byte[] content = image.blobs().get(digest);
    if (content == null) {
      send(exchange, 404, "{\"errors\":[{\"code\":\"UNKNOWN\"}]}");
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      if (tellsDigests) {
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest.toString());
      }
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    String range = header(exchange, "Range");
    int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(content, from, content.length - from);
    }
  }

  static void send(HttpExchange exchange, int status, String body) throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    byte[] bytes = head ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  /** Sends the first bytes of a blob and breaks the connection. */
  Manner breakBlobAfter(int count) {
    return exchange -> {
      String path = exchange.getRequestURI().getPath();
      if (!path.contains("/blobs/")) {
        return false;
      }
      byte[] content = image.blob(Digest.parse(path.substring(path.lastIndexOf('/') + 1)));
      String range = header(exchange, "Range");
      int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
      if (from > 0) {
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      exchange.getResponseBody().write(content, from, count);
      exchange.getResponseBody().flush();
      // Closing an exchange whose body is short closes its connection.
      return true;
    };
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
