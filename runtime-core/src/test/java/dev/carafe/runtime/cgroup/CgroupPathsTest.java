package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupPathsTest {
  private final CgroupPaths paths = new CgroupPaths(CgroupPaths.DEFAULT_PARENT);

  @ParameterizedTest
  @CsvSource({
    "/kubepods/burstable/pod1/c1, /kubepods/burstable/pod1/c1",
    "//kubepods/./pod1//c1/, /kubepods/pod1/c1",
    "/../../kubepods/../c1, /c1",
    "pod1/c1, /carafe/pod1/c1",
    "../../../etc, /carafe/etc",
    "'', /carafe/c9",
  })
  void resolvesLexically(String configured, String expected) {
    assertThat(paths.resolve(configured, "c9")).isEqualTo(expected);
  }

  @Test
  void absentIsTheIdBelowTheDefaultParent() {
    assertThat(new CgroupPaths("/a/../b").resolve(null, "c9")).isEqualTo("/b/c9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/..", ".", "a/..", "/a\nb"})
  void refusesWhatNamesNoCgroup(String configured) {
    assertThatThrownBy(() -> paths.resolve(configured, "c9"))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("cgroup path");
  }
}
