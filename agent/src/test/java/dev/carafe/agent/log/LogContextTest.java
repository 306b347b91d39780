package dev.carafe.agent.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

class LogContextTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LogContext context = new LogContext(new PrintStream(written, true, UTF_8));

  @Test
  void isWhatLog4jLogsBy() {
    assertThat(LogManager.getContext(false)).isInstanceOf(LogContext.class);
  }

  @Test
  void writesTimeLevelShortNameAndText() {
    context.getLogger("dev.carafe.agent.Node").info("recovered {} pods", 3);

    assertThat(written.toString(UTF_8))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO Node recovered 3 pods\\R");
  }

  @Test
  void writesTheStackOfAFailure() {
    context.getLogger("Node").error("it failed", new IllegalStateException("why"));

    assertThat(written.toString(UTF_8))
        .contains(
            "ERROR Node it failed",
            "IllegalStateException: why",
            "at dev.carafe.agent.log.LogContextTest");
  }

  @Test
  void aNewLevelIsThatOfOldAndNewLoggers() {
    Logger old = context.getLogger("old");
    old.debug("before");

    context.level(Level.DEBUG);
    old.debug("after");
    context.getLogger("new").debug("also");
    context.level(Level.ERROR);
    old.info("too late");

    assertThat(written.toString(UTF_8))
        .contains("old after", "new also")
        .doesNotContain("before", "too late");
  }

  @Test
  void librariesStayQuietAtEveryLevel() {
    context.level(Level.TRACE);

    assertThat(context.getLogger("io.grpc.netty.NettyServer").getLevel()).isEqualTo(Level.WARN);
    assertThat(context.getLogger("io.netty.bootstrap.ServerBootstrap").getLevel())
        .isEqualTo(Level.ERROR);
    context.level(Level.ERROR);
    assertThat(context.getLogger("io.netty.util").getLevel()).isEqualTo(Level.ERROR);
  }
}
