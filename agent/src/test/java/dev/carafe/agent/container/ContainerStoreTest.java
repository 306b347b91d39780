package dev.carafe.agent.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.agent.container.ContainerState.Exit;
import dev.carafe.agent.event.Events;
import dev.carafe.agent.oci.EffectiveUser;
import dev.carafe.agent.oci.StopSignal;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.Signal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerStoreTest {
  @TempDir Path root;
  private ContainerStore store;

  @BeforeEach
  void makeFolder() throws Exception {
    Files.createDirectories(ContainerPaths.all(root));
    store = new ContainerStore(root);
  }

  private static ContainerRecord record(String id) {
    ContainerConfig.Builder config = ContainerConfig.newBuilder().addCommand("sh");
    config.getMetadataBuilder().setName("main").setAttempt(2);
    config.getLinuxBuilder().getResourcesBuilder().setMemoryLimitInBytes(1L << 40);
    return new ContainerRecord(
        id,
        "pod-1",
        config.build(),
        "digest",
        "sha256:aa",
        List.of("sha256:cc"),
        "example/app:1",
        "example/app@sha256:bb",
        17,
        "boot-1",
        "/var/log/pods/x/0.log",
        "/kubepods/pod-1/" + id,
        new EffectiveUser(4_294_967_294L, 50_000, List.of(1L, 50_000L), "/home/a"),
        new StopSignal(Signal.SIGNAL_SIGRTMINPLUS3, 37),
        true);
  }

  @Test
  void anIntentIsACreatedContainerWithAllThatItWasResolvedTo() throws Exception {
    store.writeIntent(record("a"));

    assertThat(store.load()).containsExactly(ContainerState.creating(record("a")).created());
  }

  @Test
  void anExitOnDiskIsTheLastWord() throws Exception {
    ContainerState exited =
        ContainerState.creating(record("a"))
            .running(77, 1_000)
            .exited(new Exit(2_000, 137, "OOMKilled", "a sentence"));
    store.writeIntent(exited.record());
    Files.createDirectories(store.paths("a").dir());
    store.writeExit(exited);

    assertThat(store.load()).containsExactly(exited);
  }

  @Test
  void anExitedContainerNeverRunsAgain() {
    ContainerState exited =
        ContainerState.creating(record("a")).exited(new Exit(5, 0, "Completed", ""));
    Container container = new Container(store.paths("a"), exited, Events.NONE);

    container.change(state -> state.running(1, 1));

    assertThat(container.state()).isEqualTo(exited);
    assertThat(container.exited()).isCompletedWithValue(exited);
  }
}
