package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.cri.v1.Capability;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.runtime.spec.Capabilities;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CapabilitySetsTest {
  private static final List<String> USUAL =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_RAW",
          "CAP_SYS_CHROOT",
          "CAP_MKNOD",
          "CAP_AUDIT_WRITE",
          "CAP_SETFCAP");

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(" "));
  }

  private static Capabilities of(String add, String drop, String ambient) {
    return CapabilitySets.of(
        LinuxContainerSecurityContext.newBuilder()
            .setCapabilities(
                Capability.newBuilder()
                    .addAllAddCapabilities(words(add))
                    .addAllDropCapabilities(words(drop))
                    .addAllAddAmbientCapabilities(words(ambient)))
            .build(),
        Fixtures.ALL_CAPABILITIES);
  }

  @Test
  void theUsualSet() {
    assertThat(of("", "", "")).isEqualTo(Capabilities.of(USUAL));
    assertThat(USUAL).hasSize(14);
  }

  @ParameterizedTest(name = "add {0}, drop {1}")
  @CsvSource({
    "NET_ADMIN,          '',            15, CAP_NET_ADMIN, ''",
    "cap_net_admin,      '',            15, CAP_NET_ADMIN, ''",
    "'',                 CHOWN,         13, CAP_KILL,      CAP_CHOWN",
    "'',                 ALL,           0,  '',            CAP_CHOWN",
    "NET_ADMIN,          ALL,           1,  CAP_NET_ADMIN, CAP_CHOWN",
    "ALL,                '',            41, CAP_BPF,       ''",
    "all,                '',            41, CAP_BPF,       ''",
    "CAP_ALL,            '',            41, CAP_BPF,       ''",
    "ALL,                NET_RAW,       40, CAP_SYS_ADMIN, CAP_NET_RAW",
    "ALL,                ALL,           41, CAP_SYS_ADMIN, ''",
    "SYS_TIME,           SYS_TIME,      14, CAP_CHOWN,     CAP_SYS_TIME",
    "'ALL SYS_TIME',     'ALL CHOWN',   40, CAP_SYS_TIME,  CAP_CHOWN",
  })
  void addAndDrop(String add, String drop, int size, String with, String without) {
    Capabilities sets = of(add, drop, "");
    assertThat(sets.bounding())
        .hasSize(size)
        .containsAll(words(with))
        .doesNotContainAnyElementsOf(
            Stream.concat(words(without).stream(), Stream.of("")).toList());
    assertThat(sets.effective()).isEqualTo(sets.bounding());
    assertThat(sets.permitted()).isEqualTo(sets.bounding());
    assertThat(sets.inheritable()).isEmpty();
    assertThat(sets.ambient()).isEmpty();
  }

  @Test
  void ambientOnesAreInAllFiveSets() {
    Capabilities sets = of("", "ALL", "NET_BIND_SERVICE");
    List<String> one = List.of("CAP_NET_BIND_SERVICE");
    assertThat(sets).isEqualTo(new Capabilities(one, one, one, one, one));
  }

  @Test
  void whatIsDroppedIsNotAmbientEither() {
    assertThat(of("", "KILL", "KILL").ambient()).isEmpty();
  }

  @Test
  void nobodyGetsMoreThanTheAgentHas() {
    LinuxContainerSecurityContext privileged =
        LinuxContainerSecurityContext.newBuilder().setPrivileged(true).build();
    assertThat(CapabilitySets.of(privileged, Fixtures.NO_SYS_RESOURCE).bounding())
        .hasSize(40)
        .doesNotContain("CAP_SYS_RESOURCE");
    LinuxContainerSecurityContext asking =
        LinuxContainerSecurityContext.newBuilder()
            .setCapabilities(Capability.newBuilder().addAddCapabilities("SYS_RESOURCE"))
            .build();
    assertThatThrownBy(() -> CapabilitySets.of(asking, Fixtures.NO_SYS_RESOURCE))
        .hasMessageContaining("add_capabilities: CAP_SYS_RESOURCE is not in this agent's own");
  }

  @ParameterizedTest
  @CsvSource({
    "NET_ADMN, '', '', linux.security_context.capabilities.add_capabilities: \"NET_ADMN\"",
    "'', CHWON, '', linux.security_context.capabilities.drop_capabilities: \"CHWON\"",
    "'', '', X, linux.security_context.capabilities.add_ambient_capabilities: \"X\"",
  })
  void aMistypedNameIsRefused(String add, String drop, String ambient, String message) {
    assertThatThrownBy(() -> of(add, drop, ambient)).hasMessageContaining(message);
  }
}
