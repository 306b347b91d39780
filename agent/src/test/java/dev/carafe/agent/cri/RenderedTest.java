package dev.carafe.agent.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.PodSandbox;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RenderedTest {
  /** Equal by value, as the records of snapshots are. */
  private record Snapshot(String id) {}

  private final List<Snapshot> rendered = new ArrayList<>();
  private final Rendered<Snapshot, PodSandbox> messages =
      new Rendered<>(
          snapshot -> {
            rendered.add(snapshot);
            return PodSandbox.newBuilder()
                .setId(snapshot.id())
                .putLabels("größe", "groß")
                .setCreatedAt(5)
                .build();
          },
          PodSandbox.parser());

  @Test
  void makesTheMessageOfASnapshotOnce() {
    Snapshot snapshot = new Snapshot("a");

    assertThat(messages.of(snapshot)).isSameAs(messages.of(snapshot));
    assertThat(rendered).hasSize(1);
  }

  @Test
  void theMessageIsWhatWasRendered() {
    assertThat(messages.of(new Snapshot("a")))
        .isEqualTo(
            PodSandbox.newBuilder().setId("a").putLabels("größe", "groß").setCreatedAt(5).build());
  }

  @Test
  void anEqualSnapshotIsAnother() {
    messages.of(new Snapshot("a"));
    messages.of(new Snapshot("a"));

    assertThat(rendered).hasSize(2);
  }
}
