package dev.carafe.agent.rdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.rdt.RdtClasses.Choice;
import dev.carafe.runtime.rdt.RdtClasses.Source;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClassChoiceTest {
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
    assertThat(ClassChoice.byDefault(CONFIG, parent))
        .isEqualTo(new Choice(name, Source.DEFAULT, "carafe.defaultClasses." + qos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/kubepods/burstable/pod1", "/carafe", ""})
  void othersHaveNoDefault(String parent) {
    assertThat(ClassChoice.byDefault(CONFIG, parent)).isNull();
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
    assertThatThrownBy(() ->
            ClassChoice.refuseDenied(
                CONFIG, new Choice(name, source, "the/key"), List.of("bronze", "gold")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("is not allowed by annotation the/key")
        .hasMessageContaining("there are [bronze, gold]")
        .hasMessageContaining(
            "partitions.p.classes." + (name.equals("system/default") ? "" : name));
  }

  @Test
  void otherClassesAndSourcesAreNot() {
    assertThatCode(
            () -> {
              ClassChoice.refuseDenied(
                  CONFIG, new Choice("gold", Source.CONTAINER, "k"), List.of());
              ClassChoice.refuseDenied(CONFIG, new Choice("gold", Source.DEFAULT, "k"), List.of());
              ClassChoice.refuseDenied(CONFIG, new Choice("bronze", Source.POD, "k"), List.of());
              ClassChoice.refuseDenied(CONFIG, new Choice("unknown", Source.POD, "k"), List.of());
            })
        .doesNotThrowAnyException();
  }
}
