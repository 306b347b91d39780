package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static dev.carafe.e2e.cri.Streams.ALL;
import static dev.carafe.e2e.cri.Streams.OUTPUT;
import static dev.carafe.e2e.cri.Streams.TERMINAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.carafe.cri.v1.ExecRequest;
import dev.carafe.e2e.cri.Streams.Session;
import dev.carafe.e2e.stream.Dialect;
import dev.carafe.e2e.stream.ProcessStream.Channels;
import io.grpc.Status.Code;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands whose stdio a client carries, over each protocol. */
class ExecStreamIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final Streams STREAMS = Streams.plain(NODE);
  private static String container = "";

  @BeforeAll
  static void start() {
    container = run(NODE.pod(), shell("c", "sleep 10000"));
  }

  @ParameterizedTest
  @EnumSource
  void bothOutputsAndTheEndInEveryDialect(Dialect dialect) throws Exception {
    try (Session session =
        STREAMS.exec(dialect, container, OUTPUT, "sh", "-c", "echo out; echo err >&2; exit 7")) {
      String error = session.end();
      assertThat(session.out().text()).isEqualTo("out\n");
      assertThat(session.err().text()).isEqualTo("err\n");
      if (dialect.statusObject()) {
        assertThat(Streams.exitCode(error)).isEqualTo(7);
      } else {
        assertThat(error).isEqualTo("command terminated with non-zero exit code 7");
      }
    }
    try (Session session = STREAMS.exec(dialect, container, OUTPUT, "true")) {
      String error = session.end();
      assertThat(error).isEqualTo(dialect.statusObject() ? success() : "");
    }
  }

  private static String success() {
    return "{\"metadata\":{},\"status\":\"Success\"}";
  }

  @ParameterizedTest
  @EnumSource
  void stdinReachesTheProcessInEveryDialect(Dialect dialect) throws Exception {
    try (Session session =
        STREAMS.exec(
            dialect, container, ALL, "sh", "-c", "read a; echo $a; read b; echo $b; exit 3")) {
      session.send("one\n");
      session.awaitOut("one\n");
      session.send("two\n");
      session.end();
      assertThat(session.out().text()).isEqualTo("one\ntwo\n");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V2", "SPDY_V4", "WEBSOCKET_V5"})
  void theClientMayEndItsHalfFirst(Dialect dialect) throws Exception {
    try (Session session =
        STREAMS.exec(dialect, container, ALL, "sh", "-c", "cat; echo more; exit 3")) {
      session.send("input");
      session.stream().endStdin();
      session.end();
      assertThat(session.out().text()).isEqualTo("inputmore\n");
    }
  }

  @Test
  void theProcessMayEndItsHalfFirst() throws Exception {
    try (Session session =
        STREAMS.exec(
            Dialect.SPDY_V4, container, ALL, "sh", "-c", "echo bye; exec >&-; cat >&2; exit 4")) {
      await().until(() -> session.out().ended());
      assertThat(session.out().text()).isEqualTo("bye\n");
      assertThat(session.err().ended()).isFalse();
      session.send("late");
      session.stream().endStdin();
      assertThat(session.exit()).isEqualTo(4);
      assertThat(session.err().text()).isEqualTo("late");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V3", "SPDY_V4", "WEBSOCKET_V4", "WEBSOCKET_V5"})
  void aTerminalHasOneOutputAndTheClientsSize(Dialect dialect) throws Exception {
    try (Session session = STREAMS.exec(dialect, container, TERMINAL, "sh")) {
      session.stream().resize(101, 37);
      session.send("tty; stty size; echo to-stderr >&2\n");
      session.awaitOut("to-stderr\r\n");
      assertThat(session.out().text()).contains("/dev/pts/0\r\n", "37 101\r\n");
      session.stream().resize(0, 0);
      session.stream().resize(55, 22);
      await()
          .untilAsserted(() -> {
            session.send("stty size\n");
            assertThat(session.out().text()).contains("22 55\r\n");
          });
      session.send("exit 9\n");
      String error = session.end();
      assertThat(error).contains("9");
      assertThat(session.err().text()).isEmpty();
    }
  }

  @Test
  void aSignalIsAnExitCodeAbove128() throws Exception {
    try (Session session =
        STREAMS.exec(Dialect.WEBSOCKET_V5, container, OUTPUT, "sh", "-c", "kill -TERM $$")) {
      assertThat(session.exit()).isEqualTo(143);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void aMissingProgramIsAnErrorOfTheStream(Dialect dialect) throws Exception {
    try (Session session = STREAMS.exec(dialect, container, OUTPUT, "/no/such/tool")) {
      JsonNode status = Streams.status(session.end());
      assertThat(status.path("reason").asText()).isEqualTo("InternalError");
      assertThat(status.path("code").asInt()).isEqualTo(500);
      assertThat(status.path("message").asText()).contains("/no/such/tool");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "WEBSOCKET_V5"})
  void aClientThatHangsUpEndsStdinAndLeavesTheProcess(Dialect dialect) throws Exception {
    String mark = "/tmp/" + dialect;
    try (Session session =
        STREAMS.exec(
            dialect, container, ALL, "sh", "-c", "echo ready; cat; sleep 0.2; echo x > " + mark)) {
      session.awaitOut("ready");
    }
    await().untilAsserted(() -> assertThat(NODE.output(container, "cat " + mark)).isEqualTo("x"));
  }

  @Test
  void outputThatNobodyAskedForIsNotSent() throws Exception {
    Channels onlyErr = new Channels(false, false, true, false);
    try (Session session =
        STREAMS.exec(
            Dialect.WEBSOCKET_V5, container, onlyErr, "sh", "-c", "echo out; echo err >&2")) {
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).isEmpty();
      assertThat(session.err().text()).isEqualTo("err\n");
    }
  }

  @Test
  void aGrandchildThatHoldsStdoutDoesNotHoldTheStreamForLong() throws Exception {
    long start = System.nanoTime();
    try (Session session =
        STREAMS.exec(
            Dialect.SPDY_V4, container, OUTPUT, "sh", "-c", "setsid sleep 4441 & echo here")) {
      assertThat(session.exit()).isZero();
      assertThat(session.out().text()).isEqualTo("here\n");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    NODE.exec(container, 5, "sh", "-c", "pkill -f 'sleep 444[1]'");
  }

  @Test
  void badRequestsAreRefusedAtOnce() {
    ExecRequest good =
        ExecRequest.newBuilder()
            .setContainerId(container)
            .addCmd("true")
            .setStdout(true)
            .buildPartial();
    assertRefused(Code.INVALID_ARGUMENT, () -> exec(good.toBuilder().clearContainerId()), "id");
    assertRefused(Code.NOT_FOUND, () -> exec(good.toBuilder().setContainerId("nobody")), "nobody");
    assertRefused(Code.INVALID_ARGUMENT, () -> exec(good.toBuilder().clearCmd()), "cmd");
    assertRefused(Code.INVALID_ARGUMENT, () -> exec(good.toBuilder().setStdout(false)), "stdout");
    assertRefused(
        Code.INVALID_ARGUMENT, () -> exec(good.toBuilder().setTty(true).setStderr(true)), "tty");
    String ended = run(NODE.pod(), shell("e", "exit 0"));
    NODE.awaitExit(ended);
    assertRefused(
        Code.FAILED_PRECONDITION, () -> exec(good.toBuilder().setContainerId(ended)), ended);
  }

  private static void exec(ExecRequest.Builder request) {
    NODE.runtime().exec(request.build());
  }
}
