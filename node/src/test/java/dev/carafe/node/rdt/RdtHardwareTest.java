package dev.carafe.node.rdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.runtime.rdt.ResctrlInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Labels by hardware. */
class RdtHardwareTest {
  private static final ResctrlInfo.Cache CACHE = new ResctrlInfo.Cache(0xfffff, 1, 0, 16);

  @Test
  void everyLabelIsThereOrTakenAway() {
    Map<String, @Nullable String> rich =
        RdtHardware.labels(
            new ResctrlInfo(
                Map.of("L3CODE", CACHE, "L3DATA", CACHE),
                new ResctrlInfo.Bandwidth(10, 10, true, 8),
                new ResctrlInfo.Monitoring(200, List.of("llc_occupancy"))));

    assertThat(rich)
        .containsEntry("rdt.carafe.dev/l3", "true")
        .containsEntry("rdt.carafe.dev/l2", null)
        .containsEntry("rdt.carafe.dev/cdp", "true")
        .containsEntry("rdt.carafe.dev/mba", "true")
        .containsEntry("rdt.carafe.dev/monitoring", "true")
        .containsEntry("rdt.carafe.dev/classes", "7");
    assertThat(RdtHardware.labels(null))
        .hasSameSizeAs(rich)
        .allSatisfy((key, value) -> assertThat(value).isNull());
  }

  @Test
  void aHostWithoutResctrlHasNone() {
    assertThat(RdtHardware.read(Path.of("/proc"))).isNull();
  }
}
