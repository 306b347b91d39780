package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.SELinuxOption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SeLinuxLabelsTest {
  private static SeLinuxLabels of(SELinuxOption.Builder options, boolean enabled) {
    return SeLinuxLabels.of(
        Fixtures.pod(),
        LinuxContainerSecurityContext.newBuilder().setSelinuxOptions(options).build(),
        enabled);
  }

  private static SeLinuxLabels plain(String podId) {
    Path path = Path.of("/p");
    PodContext pod =
        new PodContext(
            podId,
            PodSandboxConfig.getDefaultInstance(),
            path,
            path,
            path,
            null,
            null,
            null,
            null,
            false,
            0);
    return SeLinuxLabels.of(pod, LinuxContainerSecurityContext.getDefaultInstance(), true);
  }

  @Test
  void aPodsContainersShareCategoriesAndOtherPodsDoNot() {
    assertThat(plain("a")).isEqualTo(plain("a")).isNotEqualTo(plain("b"));
    assertThat(plain("a").process()).matches("system_u:system_r:container_t:s0:c\\d+,c\\d+");
    assertThat(plain("a").mount()).matches("system_u:object_r:container_file_t:s0:c\\d+,c\\d+");
  }

  @Test
  void statedPartsAreUsed() {
    assertThat(
            of(
                SELinuxOption.newBuilder()
                    .setUser("u")
                    .setRole("r")
                    .setType("t")
                    .setLevel("s0:c1,c2"),
                true))
        .isEqualTo(
            new SeLinuxLabels("u:r:t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2"));
  }

  @Test
  void thePodsOptionsHoldForAContainerWithout() {
    PodSandboxConfig.Builder pod = Fixtures.podConfig();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0:c5"));
    assertThat(
            SeLinuxLabels.of(
                    Fixtures.pod(pod.build()),
                    LinuxContainerSecurityContext.getDefaultInstance(),
                    true)
                .process())
        .isEqualTo("system_u:system_r:container_t:s0:c5");
  }

  @Test
  void aPrivilegedContainerIsOneOfTheHosts() {
    LinuxContainerSecurityContext privileged =
        LinuxContainerSecurityContext.newBuilder().setPrivileged(true).build();
    SeLinuxLabels labels = SeLinuxLabels.of(Fixtures.pod(), privileged, true);
    assertThat(labels.process()).isEqualTo("system_u:system_r:spc_t:s0");
    assertThat(labels.mount())
        .isEqualTo(SeLinuxLabels.shared(Fixtures.pod().id(), Fixtures.pod().config(), true))
        .matches("system_u:object_r:container_file_t:s0:c\\d+,c\\d+");
  }

  @Test
  void withoutSeLinuxThereIsNoLabel() {
    assertThat(of(SELinuxOption.newBuilder().setLevel("s0:c0.c1023"), false))
        .isEqualTo(new SeLinuxLabels(null, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"s0,c1,c2", "c1", "s0:x", "s0:c1:c2", "s0 "})
  void aMalformedLevelIsRefusedEverywhere(String level) {
    for (boolean enabled : new boolean[] {true, false}) {
      assertThatThrownBy(() -> of(SELinuxOption.newBuilder().setLevel(level), enabled))
          .hasMessageContaining(
              "linux.security_context.selinux_options.level: \"%s\"".formatted(level));
    }
  }

  @Test
  void aPartCannotBringAnother() {
    assertThatThrownBy(() -> of(SELinuxOption.newBuilder().setType("t:s0"), true))
        .hasMessageContaining("selinux_options.type: \"t:s0\"");
  }
}
