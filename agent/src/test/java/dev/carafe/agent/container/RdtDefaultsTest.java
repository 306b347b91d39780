package dev.carafe.agent.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.rdt.RdtClasses.Choice;
import dev.carafe.runtime.rdt.RdtClasses.Source;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RdtDefaultsTest {
  private static final RdtConfig CONFIG =
      RdtConfigReader.read(
          """
          partitions:
            p:
              classes:
                gold: {kubernetes: {denyPodAnnotation: true}}
                bronze: {kubernetes: {denyContainerAnnotation: true}}
                "": {kubernetes: {denyPodAnnotation: true}}
          carafe: {defaultClasses: {guaranteed: gold, besteffort: bronze}}
          """);

  @ParameterizedTest
  @CsvSource({
    "/kubepods/pod1, gold, guaranteed",
    "kubepods-pod1.slice, gold, guaranteed",
    "/kubepods/besteffort/pod1, bronze, besteffort",
    "kubepods-besteffort-pod1.slice, bronze, besteffort"
  })
  void aPodsCgroupTellsItsQualityOfService(String parent, String name, String qos) {
    assertThat(RdtDefaults.choose(CONFIG, parent))
        .isEqualTo(new Choice(name, Source.DEFAULT, "carafe.defaultClasses." + qos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/kubepods/burstable/pod1", "/carafe", ""})
  void othersHaveNoDefault(String parent) {
    assertThat(RdtDefaults.choose(CONFIG, parent)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "gold, POD",
    "gold, POD_CONTAINER",
    "bronze, CONTAINER",
    "'', POD",
    "system/default, POD"
  })
  void aDeniedClassIsRefusedWithItsAnnotation(String name, Source source) {
    assertThatThrownBy(() -> RdtDefaults.refuseDenied(CONFIG, new Choice(name, source, "the/key")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("is not allowed by annotation the/key")
        .hasMessageContaining(
            "partitions.p.classes." + (name.equals("system/default") ? "" : name));
  }

  @Test
  void otherClassesAndSourcesAreNot() {
    assertThatCode(
            () -> {
              RdtDefaults.refuseDenied(CONFIG, new Choice("gold", Source.CONTAINER, "k"));
              RdtDefaults.refuseDenied(CONFIG, new Choice("gold", Source.DEFAULT, "k"));
              RdtDefaults.refuseDenied(CONFIG, new Choice("bronze", Source.POD, "k"));
              RdtDefaults.refuseDenied(CONFIG, new Choice("unknown", Source.POD, "k"));
            })
        .doesNotThrowAnyException();
  }
}
