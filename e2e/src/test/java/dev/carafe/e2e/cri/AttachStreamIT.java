package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static dev.carafe.e2e.cri.Streams.ALL;
import static dev.carafe.e2e.cri.Streams.OUTPUT;
import static dev.carafe.e2e.cri.Streams.TERMINAL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerState;
import dev.carafe.e2e.client.Workload;
import dev.carafe.e2e.cri.Streams.Session;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.Digest;
import dev.carafe.e2e.stream.ProcessStream;
import dev.carafe.e2e.stream.Sink;
import io.grpc.Status.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients of a container's own process: KERNEL.md 20. */
class AttachStreamIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Streams STREAMS = Streams.plain(NODE);

  /** Says what it reads, and when its stdin ended. */
  private static final String PARROT =
      "echo up; while read line; do echo \"heard $line\"; echo \"err $line\" >&2; done; echo over";

  @AfterEach
  void removePods() {
    NODE.node().removePods();
  }

  private static ContainerConfig.Builder parrot() {
    return shell("c", PARROT).setStdin(true);
  }

  private static ContainerConfig.Builder terminal() {
    return CriNode.container("t", "sh").setStdin(true).setTty(true);
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5", "WEBSOCKET_V4_BASE64"})
  void severalClientsHearTheSameAndMayWrite(Dialect dialect) throws Exception {
    String id = run(NODE.pod(), parrot());
    try (Session first = STREAMS.attach(dialect, id, ALL);
        Session second = STREAMS.attach(dialect, id, ALL)) {
      awaitAttached(first, second);
      first.send("one\n");
      second.awaitOut("heard one\n");
      second.send("two\n");
      first.awaitOut("heard two\n");
      await().until(() -> first.err().text().endsWith("err one\nerr two\n"));
      await().until(() -> second.err().text().endsWith("err one\nerr two\n"));
    }
    assertThat(NODE.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
  }

  /** A stream is attached some time after its upgrade: each writes until both hear it. */
  private static void awaitAttached(Session... sessions) {
    for (Session session : sessions) {
      await()
          .until(() -> {
            session.send("knock\n");
            return session.out().text().contains("heard knock\n");
          });
    }
  }

  @Test
  void withoutStdinOnceALaterClientWritesAgain() throws Exception {
    String id = run(NODE.pod(), parrot());
    try (Session first = STREAMS.attach(Dialect.WEBSOCKET_V5, id, ALL)) {
      awaitAttached(first);
      first.stream().endStdin();
    }
    try (Session second = STREAMS.attach(Dialect.SPDY_V4, id, ALL)) {
      awaitAttached(second);
      second.stream().endStdin();
    }
    try (Session third = STREAMS.attach(Dialect.SPDY_V4, id, ALL)) {
      awaitAttached(third);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void withStdinOnceTheFirstClientsEndIsTheContainers(Dialect dialect) throws Exception {
    String id = run(NODE.pod(), parrot().setStdinOnce(true));
    try (Session session = STREAMS.attach(dialect, id, ALL)) {
      awaitAttached(session);
      session.stream().endStdin();
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).endsWith("over\n");
    }
    assertThat(NODE.awaitExit(id).getExitCode()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void withStdinOnceAHangUpEndsStdinToo(Dialect dialect) throws Exception {
    String id = run(NODE.pod(), parrot().setStdinOnce(true));
    try (Session session = STREAMS.attach(dialect, id, ALL)) {
      awaitAttached(session);
    }
    assertThat(NODE.awaitExit(id).getExitCode()).isZero();
  }

  /** Then it is a write of the output that finds out first. */
  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void withStdinOnceAHangUpAmidOutputEndsStdinToo(Dialect dialect) throws Exception {
    String chatter = "while :; do echo still here; sleep 0.001; done & cat; kill $!; exit 0";
    String id = run(NODE.pod(), shell("c", chatter).setStdin(true).setStdinOnce(true));
    try (Session session = STREAMS.attach(dialect, id, ALL)) {
      session.awaitOut("still here\n");
    }
    assertThat(NODE.awaitExit(id).getExitCode()).isZero();
  }

  @Test
  void withStdinOnceAClientOfTheOutputsAloneEndsNothing() throws Exception {
    String id = run(NODE.pod(), parrot().setStdinOnce(true));
    try (Session writer = STREAMS.attach(Dialect.SPDY_V4, id, ALL)) {
      try (Session reader = STREAMS.attach(Dialect.SPDY_V4, id, OUTPUT)) {
        await()
            .until(() -> {
              writer.send("knock\n");
              return reader.out().text().contains("heard knock\n");
            });
      }
      writer.send("still there\n");
      writer.awaitOut("heard still there\n");
    }
  }

  @Test
  void aContainerWithoutStdinHasOutputAlone() throws Exception {
    String id = run(NODE.pod(), shell("c", "while :; do echo tick; sleep 0.1; done"));
    try (Session session = STREAMS.attach(Dialect.SPDY_V4, id, ALL)) {
      session.send("nobody reads this\n");
      session.awaitOut("tick\ntick\n");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void aTerminalIsResizedAndOutlivesItsClients(Dialect dialect) throws Exception {
    String id = run(NODE.pod(), terminal());
    try (Session session = STREAMS.attach(dialect, id, TERMINAL)) {
      session.stream().resize(91, 31);
      session.send("stty size\n");
      session.awaitOut("31 91\r\n");
    }
    try (Session session = STREAMS.attach(dialect, id, TERMINAL)) {
      session.stream().resize(92, 32);
      session.send("stty size; exit 5\n");
      session.awaitOut("32 92\r\n");
      session.end();
    }
    assertThat(NODE.awaitExit(id).getExitCode()).isEqualTo(5);
  }

  @Test
  void afterTheAgentWasKilledANewClientHasStdinOutputAndTerminal() throws Exception {
    Workload pod = NODE.pod();
    String plain = run(pod, parrot());
    String terminal = run(pod, terminal());
    Session cut = STREAMS.attach(Dialect.SPDY_V4, plain, ALL);
    awaitAttached(cut);
    NODE.node().agent().kill();
    NODE.node().startAgent();
    assertThat(cut.out().ended()).isTrue();
    try (Session session = STREAMS.attach(Dialect.WEBSOCKET_V5, plain, ALL)) {
      awaitAttached(session);
      await().until(() -> session.err().text().contains("err knock\n"));
    }
    try (Session session = STREAMS.attach(Dialect.SPDY_V4, terminal, TERMINAL)) {
      session.stream().resize(93, 33);
      session.send("stty size\n");
      session.awaitOut("33 93\r\n");
    }
    try (Session session =
        STREAMS.exec(Dialect.SPDY_V4, plain, ALL, "sh", "-c", "read a; echo got $a")) {
      session.send("it\n");
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).isEqualTo("got it\n");
    }
  }

  @Test
  void aClientThatLagsIsCutOffInWordsAndTheContainerNeverWaits() throws Exception {
    int lines = 1_000_000;
    String script = "read go; yes 'a line with some text in it' | head -n %d; echo written";
    String id = run(NODE.pod(), shell("c", script.formatted(lines)).setStdin(true));
    Digest slow = new Digest();
    slow.pace(1000);
    String url = STREAMS.attachUrl(id, ALL);
    try (ProcessStream lagging =
        STREAMS.open(Dialect.WEBSOCKET_V5, url, ALL, slow, Sink.nothing())) {
      lagging.stdin("go\n".getBytes(UTF_8));
      assertThat(NODE.awaitExit(id).getExitCode()).isZero();
      slow.pace(0);
      assertThat(Streams.end(lagging)).contains("InternalError", "read too slowly");
      List<String> log = log(id);
      assertThat(log).hasSize(lines + 1);
      assertThat(log.getLast()).endsWith(" F written");
    }
  }

  @Test
  void aClientThatReadsTakesABurst() throws Exception {
    String id =
        run(NODE.pod(), shell("c", "read go; yes | head -c 900000; read end").setStdin(true));
    try (Session session = STREAMS.attach(Dialect.SPDY_V4, id, ALL)) {
      session.send("go\n");
      await().until(() -> session.out().text().length() == 900_000);
    }
  }

  private static List<String> log(String id) throws IOException {
    Path log = Path.of(NODE.status(id).getLogPath());
    await().atMost(Duration.ofSeconds(10)).until(() -> Files.readString(log).endsWith("written\n"));
    return Files.readAllLines(log);
  }

  @Test
  void attachingToWhatDoesNotRunIsRefused() {
    String id = run(NODE.pod(), shell("c", "exit 0"));
    NODE.awaitExit(id);
    assertRefused(Code.FAILED_PRECONDITION, () -> STREAMS.attachUrl(id, OUTPUT), id);
    assertRefused(Code.NOT_FOUND, () -> STREAMS.attachUrl("nobody", OUTPUT), "nobody");
  }
}
