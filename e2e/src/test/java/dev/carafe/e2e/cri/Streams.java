package dev.carafe.e2e.cri;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.carafe.cri.v1.AttachRequest;
import dev.carafe.cri.v1.ExecRequest;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.ProcessStream;
import dev.carafe.e2e.stream.ProcessStream.Channels;
import dev.carafe.e2e.stream.Sink;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.SocketFactory;

/** Opens streams in a node's containers. */
record Streams(CriNode node, SocketFactory sockets) {
  /** stdout and stderr. */
  static final Channels OUTPUT = new Channels(false, true, true, false);

  /** stdin, stdout and stderr. */
  static final Channels ALL = new Channels(true, true, true, false);

  /** A terminal. */
  static final Channels TERMINAL = new Channels(true, true, false, true);

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** An open stream with what came on its two outputs. */
  record Session(ProcessStream stream, Sink.Text out, Sink.Text err) implements AutoCloseable {
    void send(String text) throws IOException {
      stream.stdin(text.getBytes(UTF_8));
    }

    /** Waits until stdout has this. */
    void awaitOut(String part) {
      await().atMost(PATIENCE).until(() -> out.text().contains(part));
    }

    /** Waits for the end; gives what the error channel said. */
    String end() throws InterruptedException {
      return Streams.end(stream);
    }

    /** Waits for the end; gives the exit code out of the status object. */
    int exit() throws InterruptedException {
      return exitCode(end());
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  static Streams plain(CriNode node) {
    return new Streams(node, SocketFactory.getDefault());
  }

  /** Waits for a stream's end; gives what the error channel said. */
  static String end(ProcessStream stream) throws InterruptedException {
    try {
      return stream.status().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | CompletionException broken) {
      throw new AssertionError("the connection broke", broken);
    } catch (TimeoutException late) {
      throw new AssertionError("the stream has not ended in " + PATIENCE, late);
    }
  }

  /** The exit code in a v4 status object. */
  static int exitCode(String json) {
    JsonNode status = status(json);
    if (status.path("status").asText().equals("Success")) {
      return 0;
    }
    JsonNode cause = status.path("details").path("causes").path(0);
    if (!status.path("reason").asText().equals("NonZeroExitCode")
        || !cause.path("reason").asText().equals("ExitCode")) {
      throw new AssertionError("no exit code in " + json);
    }
    return Integer.parseInt(cause.path("message").asText());
  }

  static JsonNode status(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (JsonProcessingException malformed) {
      throw new AssertionError("no status object: " + json, malformed);
    }
  }

  String execUrl(String container, Channels channels, String... command) {
    return node.runtime()
        .exec(
            ExecRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of(command))
                .setStdin(channels.stdin())
                .setStdout(channels.stdout())
                .setStderr(channels.stderr())
                .setTty(channels.tty())
                .build())
        .getUrl();
  }

  String attachUrl(String container, Channels channels) {
    return node.runtime()
        .attach(
            AttachRequest.newBuilder()
                .setContainerId(container)
                .setStdin(channels.stdin())
                .setStdout(channels.stdout())
                .setStderr(channels.stderr())
                .setTty(channels.tty())
                .build())
        .getUrl();
  }

  Session exec(Dialect dialect, String container, Channels channels, String... command)
      throws IOException {
    return session(dialect, execUrl(container, channels, command), channels);
  }

  Session attach(Dialect dialect, String container, Channels channels) throws IOException {
    return session(dialect, attachUrl(container, channels), channels);
  }

  Session session(Dialect dialect, String url, Channels channels) throws IOException {
    Sink.Text out = new Sink.Text();
    Sink.Text err = new Sink.Text();
    return new Session(open(dialect, url, channels, out, err), out, err);
  }

  ProcessStream open(Dialect dialect, String url, Channels channels, Sink out, Sink err)
      throws IOException {
    return ProcessStream.open(dialect, url, sockets, channels, out, err);
  }
}
