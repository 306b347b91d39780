package dev.carafe.agent.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.FilesystemUsage;
import dev.carafe.runtime.linux.DiskUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WritableLayersTest {
  private static final Path LAYER = Path.of("/layer");

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private Instant now = Instant.ofEpochSecond(1000, 5);
  private long bytes = 4096;
  private boolean broken;

  private final WritableLayers layers =
      new WritableLayers(
          Path.of("/var/lib/carafe"),
          tasks::add,
          () -> now,
          directory -> {
            if (broken) {
              throw new IOException("gone");
            }
            return new DiskUsage(bytes, 3);
          });

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  @Test
  void nobodyWaitsForTheFirstValue() {
    assertThat(layers.usage(LAYER)).isNull();
    assertThat(layers.usage(LAYER)).isNull();
    assertThat(tasks).hasSize(1);
    runTasks();
    FilesystemUsage usage = layers.usage(LAYER);
    assertThat(usage).isNotNull();
    assertThat(usage.getUsedBytes().getValue()).isEqualTo(4096);
    assertThat(usage.getInodesUsed().getValue()).isEqualTo(3);
    assertThat(usage.getTimestamp()).isEqualTo(1_000_000_000_005L);
    assertThat(usage.getFsId().getMountpoint()).isEqualTo("/var/lib/carafe");
  }

  @Test
  void aValueIsGoodForAWhile() {
    layers.usage(LAYER);
    runTasks();
    now = now.plus(WritableLayers.FRESH).minusNanos(1);
    bytes = 8192;
    assertThat(layers.usage(LAYER)).isNotNull();
    assertThat(tasks).isEmpty();
    now = now.plusNanos(1);
    assertThat(layers.usage(LAYER))
        .isNotNull()
        .extracting(usage -> usage.getUsedBytes().getValue())
        .isEqualTo(4096L);
    assertThat(tasks).hasSize(1);
    runTasks();
    assertThat(layers.usage(LAYER))
        .isNotNull()
        .extracting(usage -> usage.getUsedBytes().getValue())
        .isEqualTo(8192L);
  }

  @Test
  void oneMeasurementAtATime() {
    layers.usage(LAYER);
    now = now.plus(Duration.ofMinutes(5));
    layers.usage(LAYER);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void aFailureKeepsTheOldValueAndIsTriedAgain() {
    layers.usage(LAYER);
    runTasks();
    broken = true;
    now = now.plus(WritableLayers.FRESH);
    layers.usage(LAYER);
    runTasks();
    assertThat(layers.usage(LAYER)).isNotNull();
    now = now.plus(WritableLayers.FRESH);
    layers.usage(LAYER);
    assertThat(tasks).hasSize(1);
  }

  @Test
  void aLayerThatIsForgottenStaysSo() {
    layers.usage(LAYER);
    layers.retain(Set.of());
    runTasks();
    assertThat(layers.usage(LAYER)).isNull();
  }
}
