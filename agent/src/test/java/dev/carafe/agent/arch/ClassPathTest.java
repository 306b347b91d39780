package dev.carafe.agent.arch;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What carafed must not be able to load, for its memory and its start: a Kubernetes client, which
 * belongs to the node manager, a command-line framework, and log4j-core.
 */
class ClassPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.fabric8.kubernetes.client.KubernetesClient",
        "picocli.CommandLine",
        "org.apache.logging.log4j.core.LoggerContext"
      })
  void carafedCannotLoad(String type) {
    assertThatThrownBy(() -> Class.forName(type)).isInstanceOf(ClassNotFoundException.class);
  }
}
