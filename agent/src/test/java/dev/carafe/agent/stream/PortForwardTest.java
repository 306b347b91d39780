package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PortForwardTest {
  private StreamServer server;
  private ServerSocket pod;
  private String port;

  @BeforeEach
  void listen() throws Exception {
    server =
        StreamServer.start(
            new StreamSettings(
                InetSocketAddress.createUnresolved("127.0.0.1", 0),
                null,
                null,
                Duration.ofHours(4),
                Duration.ofMillis(500)),
            Clock.systemUTC());
    pod = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    port = Integer.toString(pod.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    pod.close();
  }

  private SpdyClient client() throws IOException {
    StreamRequest request =
        new StreamRequest.Ports(number ->
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), number)));
    return SpdyClient.upgrade(server.url(request), "portforward.k8s.io");
  }

  private void open(SpdyClient client, int first, String id) throws IOException {
    client.open(first, "streamtype", "error", "port", port, "requestid", id);
    client.open(first + 2, "streamtype", "data", "port", port, "requestid", id);
  }

  @Test
  void theClientMayEndItsHalfFirst() throws Exception {
    try (SpdyClient client = client()) {
      open(client, 1, "0");
      client.data(3, "question", true);
      try (Socket served = pod.accept()) {
        assertThat(served.getInputStream().readAllBytes()).isEqualTo("question".getBytes(UTF_8));
        served.getOutputStream().write("answer".getBytes(UTF_8));
      }
      client.awaitReceived(3, "answer.");
      client.awaitReceived(1, ".");
    }
  }

  @Test
  void thePodMayEndItsHalfFirst() throws Exception {
    try (SpdyClient client = client()) {
      open(client, 1, "0");
      try (Socket served = pod.accept()) {
        served.getOutputStream().write("greeting".getBytes(UTF_8));
        served.shutdownOutput();
        client.awaitReceived(3, "greeting.");
        client.data(3, "late", true);
        assertThat(served.getInputStream().readAllBytes()).isEqualTo("late".getBytes(UTF_8));
      }
      client.awaitReceived(1, ".");
    }
  }

  @Test
  void aResetOfTheDataEndsTheErrorStreamToo() throws Exception {
    try (SpdyClient client = client()) {
      open(client, 1, "0");
      try (Socket served = pod.accept()) {
        served.getOutputStream().write("all".getBytes(UTF_8));
        served.shutdownOutput();
        client.awaitReceived(3, "all.");
        client.reset(3);
        client.awaitReceived(1, ".");
        assertThat(served.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void requestsAreToldApartByTheirIdOrTheirPlace() throws Exception {
    try (SpdyClient client = client()) {
      client.open(1, "streamtype", "data", "port", port, "requestid", "a");
      client.open(3, "streamtype", "error", "port", port);
      client.open(5, "streamtype", "data", "port", port);
      client.data(1, "first", true);
      client.data(5, "second", true);
      try (Socket served = pod.accept()) {
        assertThat(served.getInputStream().readAllBytes()).isEqualTo("second".getBytes(UTF_8));
      }
      client.open(7, "streamtype", "error", "port", port, "requestid", "a");
      try (Socket served = pod.accept()) {
        assertThat(served.getInputStream().readAllBytes()).isEqualTo("first".getBytes(UTF_8));
      }
      client.awaitReceived(3, ".");
      client.awaitReceived(7, ".");
    }
  }

  @Test
  void aPortOnWhichNobodyListensIsNamedOnTheErrorStream() throws Exception {
    pod.close();
    try (SpdyClient client = client()) {
      open(client, 1, "0");
      client.awaitReceived(3, ".");
      while (!client.received().getOrDefault(1, "").endsWith(".")) {
        assertThat(client.readSome()).isTrue();
      }
      assertThat(client.received().getOrDefault(1, ""))
          .startsWith("cannot forward port " + port + ": ");
    }
  }

  @Test
  void badPortsAndTypesAreRefused() throws Exception {
    try (SpdyClient client = client()) {
      client.open(1, "streamtype", "data", "port", "65536", "requestid", "0");
      client.open(3, "streamtype", "other", "port", port, "requestid", "0");
      client.open(5, "streamtype", "data", "requestid", "0");
      client.awaitReceived(1, "RESET");
      client.awaitReceived(3, "RESET");
      client.awaitReceived(5, "RESET");
    }
  }

  @Test
  void aStreamWhoseOtherHalfNeverComesIsEnded() throws Exception {
    try (SpdyClient client = client()) {
      client.open(1, "streamtype", "error", "port", port, "requestid", "0");
      client.awaitReceived(1, ".");
    }
  }
}
