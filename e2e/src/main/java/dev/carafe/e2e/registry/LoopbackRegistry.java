package dev.carafe.e2e.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.carafe.e2e.images.Descriptor;
import dev.carafe.e2e.images.ImageLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A read-only container registry on 127.0.0.1 over plain HTTP (OCI distribution specification: pull
 * and content discovery), serving one {@link ImageLayout} for several public registries at once.
 * Thread-safe; each request has a virtual thread.
 */
public final class LoopbackRegistry implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile("/v2/([a-z0-9._/-]+)/(manifests|blobs|tags)/([A-Za-z0-9._:-]+)");
  private static final String DIGEST_HEADER = "Docker-Content-Digest";

  private final Catalog catalog;
  private final HttpServer server;
  private final ExecutorService executor;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private LoopbackRegistry(Catalog catalog, HttpServer server, ExecutorService executor) {
    this.catalog = catalog;
    this.server = server;
    this.executor = executor;
  }

  /**
   * Starts to serve.
   *
   * @param port TCP port on 127.0.0.1, or 0 for any free one
   * @throws IOException if the port can't be had
   */
  public static LoopbackRegistry start(ImageLayout layout, int port) throws IOException {
    requireNonNull(layout, "layout");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 0);
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    LoopbackRegistry registry = new LoopbackRegistry(new Catalog(layout), server, executor);
    server.createContext("/", registry::answer);
    server.setExecutor(executor);
    server.start();
    return registry;
  }

  /** Where it listens, for example {@code http://127.0.0.1:5000}. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Every registry host that the images' names mention. */
  public SortedSet<String> hosts() {
    return catalog.hosts();
  }

  /** Method and path of every request so far, oldest first, for example {@code GET /v2/}. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Stops listening and breaks what is under way. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      String path = exchange.getRequestURI().getPath();
      requests.add(method + " " + path);
      Matcher matcher = PATH.matcher(path);
      if (!method.equals("GET") && !method.equals("HEAD")) {
        error(exchange, 405, "UNSUPPORTED", method + " is not served: this registry is read-only");
      } else if (path.equals("/v2/") || path.equals("/v2")) {
        send(exchange, 200, "application/json", "{}".getBytes(UTF_8));
      } else if (!matcher.matches()) {
        error(exchange, 404, "NAME_UNKNOWN", "no such path: " + path);
      } else {
        String repository = matcher.group(1);
        String reference = matcher.group(3);
        switch (matcher.group(2)) {
          case "manifests" -> manifest(exchange, repository, reference);
          case "blobs" -> blob(exchange, repository, reference);
          default -> tags(exchange, repository, reference);
        }
      }
    }
  }

  private void manifest(HttpExchange exchange, String repository, String reference)
      throws IOException {
    Optional<Descriptor> found = catalog.manifest(namespace(exchange), repository, reference);
    if (found.isEmpty()) {
      error(exchange, 404, "MANIFEST_UNKNOWN", "no manifest " + repository + ":" + reference);
      return;
    }
    exchange.getResponseHeaders().set(DIGEST_HEADER, found.get().digest());
    byte[] content = catalog.layout().content(found.get().digest());
    send(exchange, 200, found.get().mediaType(), content);
  }

  private void tags(HttpExchange exchange, String repository, String reference) throws IOException {
    List<String> tags = catalog.tags(namespace(exchange), repository);
    if (tags.isEmpty() || !reference.equals("list")) {
      error(exchange, 404, "NAME_UNKNOWN", "no repository " + repository);
      return;
    }
    String json =
        "{\"name\":\"" + repository + "\",\"tags\":[\"" + String.join("\",\"", tags) + "\"]}";
    send(exchange, 200, "application/json", json.getBytes(UTF_8));
  }

  private void blob(HttpExchange exchange, String repository, String digest) throws IOException {
    Optional<Path> file = catalog.blob(namespace(exchange), repository, digest);
    if (file.isEmpty()) {
      error(exchange, 404, "BLOB_UNKNOWN", "no blob " + digest + " in " + repository);
      return;
    }
    long size = Files.size(file.get());
    exchange.getResponseHeaders().set(DIGEST_HEADER, digest);
    exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
    exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
    String header = exchange.getRequestHeaders().getFirst("Range");
    if (header == null) {
      stream(exchange, 200, file.get(), new ByteRange(0, size));
      return;
    }
    Optional<ByteRange> range = ByteRange.parse(header, size);
    if (range.isEmpty()) {
      exchange.getResponseHeaders().set("Content-Range", "bytes */" + size);
      error(exchange, 416, "RANGE_INVALID", "range '" + header + "' of " + size + " bytes");
      return;
    }
    exchange.getResponseHeaders().set("Content-Range", range.get().contentRange(size));
    stream(exchange, 206, file.get(), range.get());
  }

  /** The registry that a mirror request is for: containerd's clients say it, others don't. */
  private static String namespace(HttpExchange exchange) {
    String query = exchange.getRequestURI().getQuery();
    if (query != null) {
      for (String parameter : query.split("&", -1)) {
        if (parameter.startsWith("ns=")) {
          return parameter.substring("ns=".length());
        }
      }
    }
    return "";
  }

  private static void stream(HttpExchange exchange, int status, Path file, ByteRange range)
      throws IOException {
    if (!begin(exchange, status, range.length())) {
      return;
    }
    try (FileChannel from = FileChannel.open(file);
        WritableByteChannel to = Channels.newChannel(exchange.getResponseBody())) {
      long sent = 0;
      while (sent < range.length()) {
        sent += from.transferTo(range.first() + sent, range.length() - sent, to);
      }
    }
  }

  private static void error(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    String json =
        "{\"errors\":[{\"code\":\""
            + code
            + "\",\"message\":\""
            + message.replace("\\", "\\\\").replace("\"", "\\\"")
            + "\"}]}";
    send(exchange, status, "application/json", json.getBytes(UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    if (begin(exchange, status, body.length)) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  /** Sends the headers; false if no body may follow. */
  private static boolean begin(HttpExchange exchange, int status, long length) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      // HttpServer warns when told a length that it will not see; the header is set by hand.
      exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
      exchange.sendResponseHeaders(status, -1);
      return false;
    }
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
    return length > 0;
  }
}
