package dev.carafe.e2e.cri;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A registry of one image with one thing wrong. */
final class HostileImage implements AutoCloseable {
  private static final String OCI = "application/vnd.oci.image.";

  /** What is wrong. */
  enum Flaw {
    NONE,
    ESCAPE,
    ABSOLUTE_LINK_OUT,
    WRONG_DIGEST,
    WRONG_DIFF_ID,
    TRUNCATED,
    NOT_A_MANIFEST,
    NO_CONFIG
  }

  private final Map<String, byte[]> contents = new HashMap<>();
  private final HttpServer server;
  private final Flaw flaw;

  private HostileImage(HttpServer server, Flaw flaw) {
    this.server = server;
    this.flaw = flaw;
  }

  static HostileImage serve(Flaw flaw) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    HostileImage image = new HostileImage(server, flaw);
    image.make();
    server.createContext("/", image::answer);
    server.start();
    return image;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void make() throws Exception {
    byte[] layer = layer();
    String diff = flaw == Flaw.WRONG_DIFF_ID ? digest(new byte[] {1}) : digest(layer);
    byte[] config =
        """
        {"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["%s"]}}
        """
            .formatted(diff)
            .getBytes(UTF_8);
    byte[] manifest =
        """
        {"schemaVersion":2,"mediaType":"%smanifest.v1+json",
        "config":{"mediaType":"%sconfig.v1+json","digest":"%s","size":%d},
        "layers":[{"mediaType":"%slayer.v1.tar","digest":"%s","size":%d}]}
        """
            .formatted(OCI, OCI, digest(config), config.length, OCI, digest(layer), layer.length)
            .getBytes(UTF_8);
    if (flaw == Flaw.NOT_A_MANIFEST) {
      manifest = "{\"schemaVersion\":2,\"layers\":17".getBytes(UTF_8);
    }
    contents.put("manifests/1", manifest);
    contents.put("manifests/" + digest(manifest), manifest);
    if (flaw != Flaw.NO_CONFIG) {
      contents.put("blobs/" + digest(config), config);
    }
    byte[] served = layer.clone();
    if (flaw == Flaw.WRONG_DIGEST) {
      served[served.length - 1] ^= 1;
    }
    contents.put(
        "blobs/" + digest(layer), flaw == Flaw.TRUNCATED ? Arrays.copyOf(served, 700) : served);
  }

  private byte[] layer() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      file(tar, "fine");
      if (flaw == Flaw.ESCAPE) {
        file(tar, "../../escaped");
      }
      if (flaw == Flaw.ABSOLUTE_LINK_OUT) {
        TarArchiveEntry link = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
        link.setLinkName("/tmp");
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
        file(tar, "link/escaped");
      }
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream tar, String name) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    entry.setSize(4);
    tar.putArchiveEntry(entry);
    tar.write("text".getBytes(UTF_8));
    tar.closeArchiveEntry();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] content = contents.get(path.replaceFirst("^/v2/(bad/)?", ""));
      if (path.equals("/v2/")) {
        exchange.sendResponseHeaders(200, -1);
      } else if (content == null) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        boolean manifest = path.contains("/manifests/");
        exchange
            .getResponseHeaders()
            .set("Content-Type", manifest ? OCI + "manifest.v1+json" : "application/octet-stream");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(200, head ? -1 : content.length);
        if (!head) {
          exchange.getResponseBody().write(content);
        }
      }
    }
  }

  private static String digest(byte[] content) throws Exception {
    return "sha256:"
        + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
