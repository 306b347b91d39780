package dev.carafe.runtime.rdt.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.runtime.rdt.config.CacheShare.Bits;
import dev.carafe.runtime.rdt.config.CacheShare.Percent;
import dev.carafe.runtime.rdt.config.CacheShare.Range;
import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Qos;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RdtConfigReaderTest {
  private static CacheShare share(String text) {
    RdtConfig config = RdtConfigReader.read("partitions: {p: {l3Allocation: \"" + text + "\"}}");
    return present(present(config.partitions().get("p")).caches().get("L3")).all().unified();
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  @Test
  void readsEachFormOfAShare() {
    assertThat(share("10%")).isEqualTo(new Percent(10));
    assertThat(share("0%")).isEqualTo(new Percent(0));
    assertThat(share("10-20%")).isEqualTo(new Range(10, 20));
    assertThat(share("0xf0")).isEqualTo(new Bits(0xf0));
    assertThat(share("0xF0")).isEqualTo(new Bits(0xf0));
    assertThat(share("3,4,5-7,8")).isEqualTo(new Bits(0x1f8));
    assertThat(share("8-63")).isEqualTo(new Bits(-1L << 8));
    assertThat(share("63")).isEqualTo(new Bits(1L << 63));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1a%",
        "101%",
        "a-100%",
        "0-1f%",
        "20-10%",
        "20-101%",
        "%",
        "-%",
        "+5%",
        "60 %",
        "99999999999%",
        "0x11",
        "0x0",
        "0xg",
        "0x",
        "0XF",
        "0x1ffffffffffffffff",
        "3,5",
        "3-x",
        ",",
        "-",
        "1,",
        ",12",
        "-4",
        "0-",
        "13-13",
        "14-13",
        "a-2",
        "b",
        "64",
        "1,2,,3",
        "1,2,3-",
        " 1"
      })
  void refusesWhatIsNoShare(String text) {
    assertThatThrownBy(() -> share(text))
        .isInstanceOf(RdtConfigException.class)
        .hasMessageStartingWith("partitions.p.l3Allocation: invalid ")
        .hasMessageContaining(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",", "-", "1,", "128", "0-128", ",12", "-4", "13-13", "14-13", "a-2", "b", "1,2,,3"
      })
  void refusesWhatIsNoListOfCacheIds(String ids) {
    for (String field : new String[] {"l2Allocation: {'%s': 1%%}", "mbAllocation: {'%s': [1%%]}"}) {
      assertThatThrownBy(
              () -> RdtConfigReader.read("partitions: {p: {" + field.formatted(ids) + "}}"))
          .isInstanceOf(RdtConfigException.class)
          .hasMessageContaining("Allocation." + ids + ": invalid list of cache ids \"" + ids);
    }
  }

  /** In YAML these are numbers, and 0xf0 would become bit 240. */
  @ParameterizedTest
  @ValueSource(strings = {"0xf0", "5", "60"})
  void numbersWithoutQuotesAreRefusedWithAHint(String number) {
    assertThatThrownBy(
            () -> RdtConfigReader.read("partitions: {p: {l3Allocation: {all: " + number + "}}}"))
        .hasMessage(
            "partitions.p.l3Allocation.all: %1$s is a number and not text in YAML; quote it, \"%1$s\", if it is a mask or bit number, or write a percentage"
                .formatted(number));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [1, 2]                                            | expected a mapping, found a list
          partitions: foo                                   | partitions: expected a mapping, found 'foo'
          partition: {}                                     | partition: unknown field "partition"; there are [carafe, options, partitions]
          options: {l4: {optional: true}}                   | options.l4: unknown field "l4"
          options: {l3: {optional: 'yes'}}                  | options.l3.optional: expected true or false, found 'yes'
          options: {l3: {optional: 1}}                      | options.l3.optional: expected true or false
          partitions: {p: {}, p: {}}                        | partitions.p: the key stands twice
          partitions: {p: {l3Allocation: {0: 1%, 0-1: 2%}}} | partitions.p.l3Allocation.0-1: cache id 0 is given twice
          partitions: {p: {l3Allocation: {all: [1%]}}}      | partitions.p.l3Allocation.all: expected a mapping, found a list
          partitions: {p: {l3Allocation: {all: }}}          | partitions.p.l3Allocation.all: 'unified' not specified
          partitions: {p: {l3Allocation: {all: {unify: 1%}}}} | partitions.p.l3Allocation.all.unify: unknown field "unify"
          partitions: {p: {mbAllocation: 50%}}              | partitions.p.mbAllocation: expected a mapping, found '50%'
          partitions: {p: {mbAllocation: {all: 50%}}}       | partitions.p.mbAllocation.all: expected a list, found '50%'
          partitions: {p: {mbAllocation: []}}               | partitions.p.mbAllocation: expected a value in % or MBps
          partitions: {p: {mbAllocation: [4294967296MBps]}} | partitions.p.mbAllocation[0]: invalid memory bandwidth "4294967296MBps"
          partitions: {p: {mbAllocation: [128%]}}           | partitions.p.mbAllocation[0]: invalid memory bandwidth "128%"
          partitions: {p: {classes: {c: {kubernetes: {deny: true}}}}} | kubernetes.deny: unknown field "deny"
          partitions: {p: {classes: {c: {foo: 1}}}}         | partitions.p.classes.c.foo: unknown field "foo"
          {a: b: c}                                         | not YAML
          carafe: {defaultClasses: {guaranteed: gold}}      | carafe.defaultClasses.guaranteed: class "gold" does not exist
          carafe: {defaultClasses: {best: gold}}            | carafe.defaultClasses.best: unknown field "best"
          """)
  void refusesEverythingElse(String yaml, String message) {
    assertThatThrownBy(() -> RdtConfigReader.read(yaml))
        .isInstanceOf(RdtConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void errorsHaveTheirLine() {
    assertThatThrownBy(() -> RdtConfigReader.read("partitions:\n  p:\n    l3Allocation: 1f%\n"))
        .isInstanceOfSatisfying(
            RdtConfigException.class,
            e -> {
              assertThat(e.line()).isEqualTo(3);
              assertThat(e.path()).isEqualTo("partitions.p.l3Allocation");
              assertThat(e.describe("x.yaml")).startsWith("x.yaml:3: partitions.p.l3Allocation: ");
            });
  }

  @Test
  void readsTheRest() {
    RdtConfig config =
        RdtConfigReader.read(
            """
            options: {l2: {optional: yes}, mb: {optional: false}}
            partitions:
              p:
                mbAllocation: [50%, 60%, 700MBps]
                classes:
                  "": {kubernetes: {denyContainerAnnotation: true}}
                  gold: {kubernetes: {denyPodAnnotation: true}, mbAllocation: {"0,2-3": [7%]}}
            carafe: {defaultClasses: {guaranteed: gold, besteffort: system/default}}
            """);
    assertThat(config.optional()).containsExactly("L2");
    BandwidthSpec share = present(present(config.partitions().get("p")).bandwidth()).all();
    assertThat(share.value(false)).isEqualTo(50);
    assertThat(share.value(true)).isEqualTo(700);
    ClassOfService gold = present(config.classes().get("gold"));
    assertThat(gold.denyPodAnnotation()).isTrue();
    assertThat(gold.denyContainerAnnotation()).isFalse();
    assertThat(present(gold.bandwidth()).of(2).value(false)).isEqualTo(7);
    assertThat(present(gold.bandwidth()).of(1).value(false)).isEqualTo(100);
    assertThat(present(config.classes().get("system/default")).denyContainerAnnotation()).isTrue();
    assertThat(config.defaults())
        .isEqualTo(Map.of(Qos.GUARANTEED, "gold", Qos.BESTEFFORT, "system/default"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "options:\npartitions:\n", "partitions: {p: }"})
  void nothingIsAnEmptyConfiguration(String yaml) {
    assertThat(RdtConfigReader.read(yaml).classes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{max: 1} | must name the partition",
        "{partition: q, max: 1} | there are [p]",
        "{partition: p} | must say how many",
        "{partition: p, max: 0} | must say how many",
        "{partition: p, max: 1, min: 1} | unknown field"
      })
  void privateClassesNeedAPartitionAndANumber(String section, String words) {
    String yaml = "partitions: {p: {classes: {}}}\ncarafe: {privateClasses: " + section + "}";
    assertThatThrownBy(() -> RdtConfigReader.read(yaml))
        .isInstanceOf(RdtConfigException.class)
        .hasMessageStartingWith("carafe.privateClasses")
        .hasMessageContaining(words);
  }

  @Test
  void aPrivateClassIsReadAsAClassOfTheFileIs() {
    RdtConfig config =
        RdtConfigReader.read(
            "partitions: {p: {l3Allocation: 50%}}\n"
                + "carafe: {privateClasses: {partition: p, max: 2}}");
    RdtConfig.ClassOfService own =
        PrivateClassReader.read(
            config, "own", new PrivateClassReader.Asked("key", "{all: 50%, 1: 0-3}"), null);
    assertThat(Objects.requireNonNull(own.caches().get("L3")).domains().keySet())
        .containsExactly(1);
    assertThatThrownBy(() ->
            PrivateClassReader.read(
                config, "own", null, new PrivateClassReader.Asked("key", "50%")))
        .isInstanceOf(RdtConfigException.class)
        .hasMessageContaining("MB allocation missing from partition");
  }
}
