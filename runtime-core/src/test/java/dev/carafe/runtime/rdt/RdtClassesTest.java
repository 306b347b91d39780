package dev.carafe.runtime.rdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.RdtClasses.Choice;
import dev.carafe.runtime.rdt.RdtClasses.Source;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RdtClassesTest {
  private static final String OWN = "io.kubernetes.cri.rdt-class";
  private static final String NAMED = "rdt.resources.beta.kubernetes.io/container.web";
  private static final String ALL = "rdt.resources.beta.kubernetes.io/pod";

  @Test
  void theNearestAnnotationWins() {
    Map<String, String> container = new HashMap<>(Map.of(OWN, "a"));
    Map<String, String> pod = new HashMap<>(Map.of(NAMED, "b", ALL, "c"));
    assertThat(RdtClasses.choose(container, pod, "web"))
        .isEqualTo(new Choice("a", Source.CONTAINER, OWN));
    container.clear();
    assertThat(RdtClasses.choose(container, pod, "web"))
        .isEqualTo(new Choice("b", Source.POD_CONTAINER, NAMED));
    assertThat(RdtClasses.choose(container, pod, "db")).isEqualTo(new Choice("c", Source.POD, ALL));
    pod.clear();
    assertThat(RdtClasses.choose(container, pod, "web")).isNull();
  }

  @Test
  void anEmptyAnnotationIsAChoiceOfTheRootClass() {
    assertThat(RdtClasses.choose(Map.of(OWN, ""), Map.of(ALL, "c"), "web"))
        .isEqualTo(new Choice("", Source.CONTAINER, OWN));
  }

  @Test
  void aPodsContainerAnnotationIsNotAContainers() {
    assertThat(RdtClasses.choose(Map.of(ALL, "c"), Map.of(OWN, "a"), "web")).isNull();
  }
}
