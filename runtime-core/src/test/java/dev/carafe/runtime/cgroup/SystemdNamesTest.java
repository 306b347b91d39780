package dev.carafe.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SystemdNamesTest {
  private static final CgroupLayout V2 = new CgroupLayout.Unified(Path.of("/c"));
  private final SystemdCgroupDriver driver = new SystemdCgroupDriver(V2, SystemdBus.SYSTEM);

  @ParameterizedTest
  @CsvSource({
    "a.slice:runc:x, /a.slice/runc-x.scope",
    "a-b-c.slice:p:x, /a.slice/a-b.slice/a-b-c.slice/p-x.scope",
    ":runc:x, /system.slice/runc-x.scope",
    "-.slice::x, /x.scope",
    "a.slice:p:a-b.slice, /a.slice/a-b.slice",
  })
  void pathsOfThreeParts(String given, String path) {
    assertThat(SystemdNames.resolve(given, "id", "system.slice")).isEqualTo(path);
  }

  @Test
  void withoutAPathTheIdIsTheName() {
    assertThat(SystemdNames.resolve(null, "id7", "system.slice"))
        .isEqualTo("/system.slice/carafe-id7.scope");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/b",
        "a:b",
        "a.slice:b:c:d",
        "a:b:c",
        "a--b.slice:p:x",
        "a/b.slice:p:x",
        "a.slice:p:x/y"
      })
  void whatIsNoneIsRefused(String given) {
    assertThatThrownBy(() -> SystemdNames.resolve(given, "id", "system.slice"))
        .isInstanceOf(CgroupException.class)
        .hasMessageMatching(".*['\"].*");
  }

  @Test
  void theKubeletsPodsAreSlices() {
    String pod =
        driver.parent("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7.slice");
    assertThat(pod)
        .isEqualTo("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7.slice")
        .isEqualTo(driver.parent("kubepods-burstable-pod7.slice"));
    assertThat(driver.child(pod, "c1")).isEqualTo(pod + "/carafe-c1.scope");
    assertThat(SystemdNames.slice(pod + "/carafe-c1.scope"))
        .isEqualTo("kubepods-burstable-pod7.slice");
    assertThat(driver.ownParent("/carafe", "p1")).isEqualTo("/carafe.slice/carafe-p1.slice");
    assertThatThrownBy(() -> driver.parent("/test")).hasMessageContaining("'test' is no name");
  }

  @Test
  void itNeedsCgroupV2() {
    CgroupLayout legacy = new CgroupLayout.Legacy(Map.of());
    assertThatThrownBy(() -> new SystemdCgroupDriver(legacy, SystemdBus.SYSTEM))
        .hasMessageContaining("needs cgroup v2");
  }
}
