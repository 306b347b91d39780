package dev.carafe.e2e.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A registry of one image on 127.0.0.1 that misbehaves as it is told, over HTTP or HTTPS. It serves
 * the image under every name and below every path. Thread-safe; each request has a virtual thread.
 */
public final class UnrulyRegistry implements AutoCloseable {
  private final MemoryImage image;
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Deque<Manner> once = new ArrayDeque<>();
  private final List<Seen> requests = new CopyOnWriteArrayList<>();
  private volatile Manner always = (exchange, blob) -> false;

  private UnrulyRegistry(MemoryImage image, HttpServer server) {
    this.image = image;
    this.server = server;
    server.createContext("/", this::handle);
    server.setExecutor(executor);
    server.start();
  }

  /** A way to answer. */
  @FunctionalInterface
  public interface Manner {
    /**
     * Answers, or leaves it to a better-mannered one by returning false.
     *
     * @param blob what the request is for, null if it is for no blob that there is
     */
    boolean answer(HttpExchange exchange, @Nullable Blob blob) throws IOException;
  }

  /** A way to answer requests for one blob. */
  @FunctionalInterface
  public interface BlobManner {
    /** Answers, or leaves it to a better-mannered one by returning false. */
    boolean answer(HttpExchange exchange, Blob blob) throws IOException;
  }

  /** Misbehaves only where the content of one blob is asked for. */
  public static Manner forBlob(String digest, BlobManner manner) {
    return (exchange, blob) ->
        blob != null && blob.digest().equals(digest) && manner.answer(exchange, blob);
  }

  /**
   * Content of the image, made anew each time it is asked for.
   *
   * @param size in bytes
   */
  public record Blob(String digest, long size, Source source) {
    /** Makes the content. */
    @FunctionalInterface
    public interface Source {
      /** A new stream of all of it. */
      InputStream open() throws IOException;
    }
  }

  /**
   * A request that came.
   *
   * @param line method and path
   * @param query empty for none
   * @param authorization the header, empty for none
   * @param range the header, empty for none
   * @param extra the header x-extra, empty for none
   * @param nanos when, by {@link System#nanoTime}
   */
  public record Seen(
      String line, String query, String authorization, String range, String extra, long nanos) {}

  /** Serves over plain HTTP. */
  public static UnrulyRegistry start(MemoryImage image) throws IOException {
    return new UnrulyRegistry(image, HttpServer.create(anyPort(), 0));
  }

  /**
   * Serves over HTTPS.
   *
   * @param clients whether a client must show a certificate that the context trusts
   */
  public static UnrulyRegistry startTls(MemoryImage image, SSLContext context, boolean clients)
      throws IOException {
    HttpsServer server = HttpsServer.create(anyPort(), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
            wanted.setNeedClientAuth(clients);
            parameters.setSSLParameters(wanted);
          }
        });
    return new UnrulyRegistry(image, server);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  /** {@code 127.0.0.1:PORT}. */
  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** {@code http://127.0.0.1:PORT}, or https. */
  public URI url() {
    return URI.create((server instanceof HttpsServer ? "https://" : "http://") + host());
  }

  /**
   * Misbehaves in the next request that {@code manner} wants to answer; these are kept in order.
   */
  public void next(Manner manner) {
    synchronized (once) {
      once.add(requireNonNull(manner, "manner is null"));
    }
  }

  /** Misbehaves in every request that {@code manner} wants to answer. */
  public void always(Manner manner) {
    always = requireNonNull(manner, "manner is null");
  }

  /** Every request so far, oldest first. */
  public List<Seen> requests() {
    return List.copyOf(requests);
  }

  /** Those for one blob's content. */
  public List<Seen> requestsFor(String digest) {
    return requests.stream().filter(seen -> seen.line().endsWith("/blobs/" + digest)).toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.add(
          new Seen(
              exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(),
              Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse(""),
              header(exchange, "Authorization"),
              header(exchange, "Range"),
              header(exchange, "x-extra"),
              System.nanoTime()));
      String path = exchange.getRequestURI().getPath();
      Blob blob = image.blobs().get(path.substring(path.lastIndexOf('/') + 1));
      Blob asked = path.contains("/blobs/") ? blob : null;
      if (!unruly(exchange, asked) && !always.answer(exchange, asked)) {
        answerWell(exchange, path, blob);
      }
    }
  }

  private boolean unruly(HttpExchange exchange, @Nullable Blob blob) throws IOException {
    Manner manner;
    synchronized (once) {
      manner = once.peek();
    }
    if (manner == null || !manner.answer(exchange, blob)) {
      return false;
    }
    synchronized (once) {
      once.remove(manner);
    }
    return true;
  }

  private void answerWell(HttpExchange exchange, String path, @Nullable Blob blob)
      throws IOException {
    boolean manifest = path.contains("/manifests/");
    Blob found = blob == null && manifest ? image.blobs().get(image.manifest()) : blob;
    if (path.equals("/v2/")) {
      status(exchange, 200);
    } else if (found == null) {
      status(exchange, 404);
    } else if (manifest) {
      exchange.getResponseHeaders().set("Docker-Content-Digest", found.digest());
      send(exchange, found, 0, found.size());
    } else {
      send(exchange, found, firstByte(exchange), found.size());
    }
  }

  /** The first byte that a request asks for. */
  public static long firstByte(HttpExchange exchange) {
    String range = header(exchange, "Range");
    return range.isEmpty() ? 0 : Long.parseLong(range.replaceAll("[^0-9]", ""));
  }

  /** A request's header, empty for none. */
  public static String header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
  }

  /** Answers without a body. */
  public static boolean status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    return true;
  }

  /** Answers in words. */
  public static boolean text(HttpExchange exchange, int status, String text) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      return status(exchange, status);
    }
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    return true;
  }

  /** The bytes of a blob from {@code from} on, but the connection breaks before {@code until}. */
  public static boolean send(HttpExchange exchange, Blob blob, long from, long until)
      throws IOException {
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(from, blob.size() - 1, blob.size()));
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      return status(exchange, 200);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, blob.size() - from);
    // Not closed here: a body that is short breaks the connection when the exchange is closed.
    OutputStream out = exchange.getResponseBody();
    try (InputStream in = blob.source().open()) {
      in.skipNBytes(from);
      byte[] buffer = new byte[1 << 16];
      for (long left = Math.min(until, blob.size()) - from; left > 0; ) {
        int count = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (count < 0) {
          throw new IOException("blob " + blob.digest() + " is shorter than it says");
        }
        out.write(buffer, 0, count);
        left -= count;
      }
    }
    out.flush();
    return true;
  }

  /** Stops listening and breaks what is under way. */
  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
