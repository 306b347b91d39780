package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static dev.carafe.e2e.cri.Streams.ALL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.e2e.cri.Streams.Session;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.SelfSigned;
import dev.carafe.e2e.stream.SpdyConnection;
import dev.carafe.e2e.stream.Upgrade;
import java.io.IOException;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams over HTTPS, by {@code stream.tls_cert} and {@code stream.tls_key}. */
class StreamTlsIT {
  private static final SelfSigned CERTIFICATE = SelfSigned.create();

  @RegisterExtension
  static final CriNode NODE =
      CriNode.with(
          "[stream]\ntls_cert = \"%s\"\ntls_key = \"%s\"\n"
              .formatted(CERTIFICATE.cert(), CERTIFICATE.key()));

  private static String container = "";

  @BeforeAll
  static void start() {
    container = run(NODE.pod(), shell("c", "sleep 10000"));
  }

  @AfterAll
  static void remove() throws IOException {
    CERTIFICATE.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void aClientThatTrustsTheCertificateHasItsStream(Dialect dialect) throws Exception {
    Streams streams = new Streams(NODE, CERTIFICATE.sockets());
    String url = streams.execUrl(container, ALL, "sh", "-c", "cat; exit 6");
    assertThat(url).startsWith("https://127.0.0.1:");
    try (Session session = streams.session(dialect, url, ALL)) {
      String much = "x".repeat(500_000);
      session.send(much);
      session.stream().endStdin();
      assertThat(session.exit()).isEqualTo(6);
      assertThat(session.out().text()).isEqualTo(much);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spdy", "websocket"})
  void crictlHasItsStreamToo(String transport) throws Exception {
    Crictl crictl = Crictl.of(NODE);
    String cert = CERTIFICATE.cert().toString();
    String key = CERTIFICATE.key().toString();
    // It wants a certificate of its own too, which nobody asks it for.
    String[] exec = {
      "exec",
      "-r",
      transport,
      "--tls-ca",
      cert,
      "--tls-cert",
      cert,
      "--tls-key",
      key,
      container,
      "echo",
      "over TLS"
    };
    assertThat(crictl.ok(exec)).isEqualTo("over TLS");
  }

  @Test
  void othersHaveNone() {
    Streams streams = Streams.plain(NODE);
    String url = streams.execUrl(container, ALL, "true");
    assertThatThrownBy(
            () -> SpdyConnection.open(url, SSLSocketFactory.getDefault(), List.of()).close())
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(
            () -> {
              try (Upgrade plain = Upgrade.ask(url, SocketFactory.getDefault(), List.of())) {
                assertThat(plain.status()).isNotEqualTo(101);
                throw new IOException("no answer in HTTP, as it should be");
              }
            })
        .isInstanceOf(IOException.class);
  }
}
