package dev.carafe.agent.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExitStatusTest {
  private static String v4(ExitStatus status) {
    return new String(ChannelVersion.V4.render(status), UTF_8);
  }

  private static String v3(ExitStatus status) {
    return new String(ChannelVersion.V3.render(status), UTF_8);
  }

  @Test
  void successIsAnObjectInV4AndSilenceBefore() {
    ExitStatus status = new ExitStatus.Exited(0);
    assertThat(v4(status)).isEqualTo("{\"metadata\":{},\"status\":\"Success\"}");
    assertThat(v3(status)).isEmpty();
  }

  @Test
  void anExitCodeIsACause() {
    ExitStatus status = new ExitStatus.Exited(137);
    assertThat(v4(status))
        .isEqualTo(
            "{\"metadata\":{},\"status\":\"Failure\","
                + "\"message\":\"command terminated with non-zero exit code 137\","
                + "\"reason\":\"NonZeroExitCode\","
                + "\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":\"137\"}]}}");
    assertThat(v3(status)).isEqualTo("command terminated with non-zero exit code 137");
  }

  @Test
  void anythingElseIsAnInternalError() {
    ExitStatus status = new ExitStatus.Broken("no \"such\" program");
    assertThat(v4(status))
        .contains("\"reason\":\"InternalError\"", "\"code\":500", "no \\\"such\\\" program");
    assertThat(v3(status)).isEqualTo("no \"such\" program");
  }
}
