package dev.carafe.e2e.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import javax.net.SocketFactory;

/**
 * A connection after one HTTP request for an upgrade.
 *
 * @param answer the response's head; what follows it is not read yet
 */
public record Upgrade(Socket socket, String answer) implements Pipe {
  private static final int CHUNK = 64 * 1024;

  /** Checks the components. */
  public Upgrade {
    requireNonNull(socket, "socket is null");
    requireNonNull(answer, "answer is null");
  }

  /**
   * Asks for an upgrade.
   *
   * @param url of the kind that Exec, Attach and PortForward answer
   * @param sockets for TLS, those that trust the server
   * @param headers whole lines
   */
  public static Upgrade ask(String url, SocketFactory sockets, List<String> headers)
      throws IOException {
    URI uri = URI.create(url);
    Socket socket = sockets.createSocket(uri.getHost(), uri.getPort());
    StringBuilder request = new StringBuilder("POST " + uri.getPath() + " HTTP/1.1\r\n");
    request.append("Host: ").append(uri.getAuthority()).append("\r\nConnection: Upgrade\r\n");
    headers.forEach(header -> request.append(header).append("\r\n"));
    request.append("\r\n");
    // A WebSocket's handshake is a GET (RFC 6455, 4.1).
    boolean get = headers.stream().anyMatch(header -> header.equals("Upgrade: websocket"));
    String text = get ? request.toString().replaceFirst("^POST", "GET") : request.toString();
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return new Upgrade(socket, head(socket.getInputStream()));
  }

  /** The three digits of the answer; 0 when there was none. */
  public int status() {
    return answer.length() < 12 ? 0 : Integer.parseInt(answer.substring(9, 12));
  }

  /** Itself, if the server agreed. */
  Upgrade agreed() throws IOException {
    if (status() != 101) {
      String rest = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      socket.close();
      throw new IOException("no upgrade: " + answer + rest);
    }
    return this;
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      head.write(b);
      if (b == '\n' && head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        break;
      }
    }
    return head.toString(ISO_8859_1);
  }

  @Override
  public byte[] read() throws IOException {
    byte[] bytes = new byte[CHUNK];
    int n = socket.getInputStream().read(bytes);
    return n <= 0 ? new byte[0] : Arrays.copyOf(bytes, n);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
