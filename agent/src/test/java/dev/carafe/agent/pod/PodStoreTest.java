package dev.carafe.agent.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodStoreTest {
  private static final String BOOT = "boot-1";

  @TempDir Path root;
  @TempDir Path state;
  private PodStore store;

  @BeforeEach
  void makeFolders() throws Exception {
    Files.createDirectories(PodPaths.records(root));
    store = new PodStore(root, state);
  }

  private static PodRecord record(String id) {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder();
    config.getMetadataBuilder().setName("web").setNamespace("shop").setUid("u-1").setAttempt(3);
    config.putLabels("app", "web").putAnnotations("note", "ünïcode \"quoted\"");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setNetwork(NamespaceMode.NODE);
    return new PodRecord(id, config.build(), "carafe", 1_234_567_890_123_456_789L, BOOT);
  }

  @Test
  void anIntentAloneIsAPodInTheMiddleOfItsCreation() throws Exception {
    store.writeIntent(record("a"));

    assertThat(store.load(BOOT)).containsExactly(PodState.creating(record("a")));
  }

  @Test
  void committedStateComesBack() throws Exception {
    PodState ready = PodState.creating(record("a")).ready(List.of("10.0.0.7", "fd00::7"), 4242);
    store.writeIntent(ready.record());
    Files.createDirectories(store.paths("a").dir());
    store.writeState(ready);

    assertThat(store.load(BOOT)).containsExactly(ready);
  }

  @Test
  void afterARebootNothingIsReady() throws Exception {
    PodState ready = PodState.creating(record("a")).ready(List.of("10.0.0.7"), 4242);
    store.writeIntent(ready.record());
    Files.createDirectories(store.paths("a").dir());
    store.writeState(ready);

    assertThat(store.load("boot-2"))
        .singleElement()
        .satisfies(pod -> {
          assertThat(pod.phase()).isEqualTo(PodState.Phase.NOT_READY);
          assertThat(pod.reason()).isEqualTo("the node was rebooted");
          assertThat(pod.ips()).isEmpty();
        });
  }

  @Test
  void aDamagedRecordHidesNoOther() throws Exception {
    store.writeIntent(record("a"));
    Files.writeString(store.paths("b").record(), "{\"id\": \"b\"");

    assertThat(store.load(BOOT)).extracting(PodState::id).containsExactly("a");
    assertThat(store.paths("b").record()).exists();
  }

  @Test
  void deletedIntentIsGone() throws Exception {
    store.writeIntent(record("a"));
    store.delete("a");
    store.delete("a");

    assertThat(store.load(BOOT)).isEmpty();
  }

  @Test
  void nameHasEveryPartThatMakesAPodUnique() {
    assertThat(PodRecord.name(record("a").config().getMetadata())).isEqualTo("web_shop_u-1_3");
  }
}
