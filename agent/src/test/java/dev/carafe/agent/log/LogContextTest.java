package dev.carafe.agent.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

class LogContextTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LogContext context = new LogContext(new PrintStream(written, false, UTF_8));
  private final Logger log = context.getLogger("dev.carafe.agent.Node");

  private String text() {
    return written.toString(UTF_8);
  }

  @Test
  void aLineHasTimeLevelShortNameAndText() {
    log.info("recovered {} pods of {}", 3, "café");

    assertThat(text())
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO Node"
                + " recovered 3 pods of café\n");
  }

  @Test
  void theStackOfAFailureFollows() {
    log.error("why", new IllegalStateException("because"));

    assertThat(text())
        .contains(
            "ERROR Node why\njava.lang.IllegalStateException: because\n",
            "at dev.carafe.agent.log.LogContextTest");
  }

  @Test
  void theLevelHoldsForLoggersThatExistAndForLaterOnes() {
    log.debug("dropped");
    context.setLevel(Level.DEBUG);
    log.debug("first");
    context.getLogger("dev.carafe.agent.Later").debug("second");
    context.setLevel(Level.WARN);
    log.info("dropped");
    context.getLogger("dev.carafe.agent.Latest").info("dropped");

    assertThat(text().lines()).hasSize(2);
    assertThat(text()).contains("DEBUG Node first\n", "DEBUG Later second\n");
  }

  @Test
  void whatLibrariesSayOfEverySocketAndFrameIsLeftOut() {
    context.setLevel(Level.DEBUG);
    context.getLogger("io.netty.bootstrap.ServerBootstrap").warn("dropped");
    context.getLogger("io.grpc.netty.NettyServerHandler").info("dropped");
    context.getLogger("io.netty.channel").debug("kept");
    context.setLevel(Level.FATAL);
    context.getLogger("io.netty.bootstrap.ServerBootstrap").error("dropped");

    assertThat(text().lines()).singleElement().asString().endsWith("DEBUG channel kept");
  }

  @Test
  void jsonIsOneObjectALine() throws IOException {
    context.setForm(LogEvent::json);
    log.warn("line 1\nline \"2\"", new IllegalStateException("because"));

    assertThat(text().lines()).hasSize(1);
    JsonNode event = new ObjectMapper().readTree(text());
    assertThat(event.path("@timestamp").asText()).matches("\\d{4}-.*T.*\\.\\d{3}Z");
    assertThat(event.path("log.level").asText()).isEqualTo("WARN");
    assertThat(event.path("message").asText()).isEqualTo("line 1\nline \"2\"");
    assertThat(event.path("log.logger").asText()).isEqualTo("dev.carafe.agent.Node");
    assertThat(event.path("process.thread.name").asText())
        .isEqualTo(Thread.currentThread().getName());
    assertThat(event.path("error.type").asText()).isEqualTo("java.lang.IllegalStateException");
    assertThat(event.path("error.message").asText()).isEqualTo("because");
    assertThat(event.path("error.stack_trace").asText()).contains("\tat dev.carafe.");
  }
}
