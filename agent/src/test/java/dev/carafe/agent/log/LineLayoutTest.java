package dev.carafe.agent.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

class LineLayoutTest {
  private static Log4jLogEvent.Builder event() {
    return Log4jLogEvent.newBuilder()
        .setLoggerName("dev.carafe.agent.Node")
        .setLevel(Level.INFO)
        .setMessage(new SimpleMessage("recovered 3 pods"));
  }

  @Test
  void timeLevelShortNameAndText() {
    assertThat(new LineLayout().toSerializable(event().build()))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO Node recovered 3 pods\n");
  }

  @Test
  void theStackOfAFailureFollows() {
    assertThat(
            new LineLayout()
                .toSerializable(event().setThrown(new IllegalStateException("why")).build()))
        .contains(
            "recovered 3 pods\njava.lang.IllegalStateException: why\n",
            "at dev.carafe.agent.log.LineLayoutTest");
  }
}
