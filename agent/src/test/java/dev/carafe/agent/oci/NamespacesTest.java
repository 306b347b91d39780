package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.cdi.CdiEdits;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.runtime.spec.Namespace;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NamespacesTest {
  private static PodSandboxConfig.Builder pod(NamespaceMode pid) {
    PodSandboxConfig.Builder pod = Fixtures.podConfig();
    pod.getLinuxBuilder().getSecurityContextBuilder().getNamespaceOptionsBuilder().setPid(pid);
    return pod;
  }

  private static ContainerConfig container(NamespaceMode pid, boolean privileged) {
    LinuxContainerSecurityContext.Builder security =
        LinuxContainerSecurityContext.newBuilder().setPrivileged(privileged);
    security.getNamespaceOptionsBuilder().setPid(pid).setTargetId("other");
    return Fixtures.config(security).build();
  }

  private static List<Namespace> of(
      PodSandboxConfig pod, ContainerConfig container, HostFacts host, int targetPid) {
    return Namespaces.of(
        new ContainerRequest(
            "c1",
            Fixtures.pod(pod),
            container,
            Fixtures.image(),
            Map.of(),
            CdiEdits.NONE,
            "/c",
            targetPid),
        host);
  }

  private static @Nullable Namespace pid(List<Namespace> namespaces) {
    return namespaces.stream().filter(n -> n.type() == Namespace.Type.PID).findFirst().orElse(null);
  }

  @ParameterizedTest(name = "pod {0}, container {1}")
  @CsvSource({
    "POD,       POD,       /proc/4711/ns/pid",
    "POD,       CONTAINER, new",
    "POD,       NODE,      host",
    "POD,       TARGET,    /proc/42/ns/pid",
    "CONTAINER, POD,       new",
    "CONTAINER, CONTAINER, new",
    "CONTAINER, NODE,      host",
    "CONTAINER, TARGET,    /proc/42/ns/pid",
    "NODE,      POD,       host",
    "NODE,      CONTAINER, new",
    "NODE,      NODE,      host",
  })
  void pidNamespace(NamespaceMode pod, NamespaceMode container, String expected) {
    Namespace found = pid(of(pod(pod).build(), container(container, false), Fixtures.host(), 42));
    switch (expected) {
      case "host" -> assertThat(found).isNull();
      case "new" -> assertThat(found).isEqualTo(new Namespace(Namespace.Type.PID));
      default -> assertThat(found).isEqualTo(new Namespace(Namespace.Type.PID, expected));
    }
  }

  @Test
  void aTargetThatDoesNotRunIsRefused() {
    assertThatThrownBy(() ->
            of(
                pod(NamespaceMode.POD).build(),
                container(NamespaceMode.TARGET, false),
                Fixtures.host(),
                0))
        .hasMessageContaining("namespace_options.pid: TARGET \"other\" does not run");
  }

  @Test
  void anUnknownModeIsRefused() {
    LinuxContainerSecurityContext.Builder security = LinuxContainerSecurityContext.newBuilder();
    security.getNamespaceOptionsBuilder().setPidValue(9);
    assertThatThrownBy(() ->
            of(
                pod(NamespaceMode.POD).build(),
                Fixtures.config(security).build(),
                Fixtures.host(),
                0))
        .hasMessageContaining("namespace_options.pid: 9");
  }

  @Test
  void theHostsProcessesAreNotForAUserNamespace() {
    IDMapping range = IDMapping.newBuilder().setHostId(100_000).setLength(65_536).build();
    PodSandboxConfig.Builder pod = pod(NamespaceMode.POD);
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .getUsernsOptionsBuilder()
        .addUids(range)
        .addGids(range);
    assertThatThrownBy(
            () -> of(pod.build(), container(NamespaceMode.NODE, false), Fixtures.host(), 0))
        .hasMessageContaining("NODE in pod p1, which has a user namespace");
  }

  @Test
  void cgroupNamespacesAreTheContainersOwnUnlessItManagesTheNode() {
    HostFacts legacy =
        new HostFacts(false, true, true, false, false, Fixtures.ALL_CAPABILITIES, "n");
    Namespace own = new Namespace(Namespace.Type.CGROUP);
    PodSandboxConfig pod = pod(NamespaceMode.CONTAINER).build();
    ContainerConfig plain = container(NamespaceMode.CONTAINER, false);
    ContainerConfig privileged = container(NamespaceMode.CONTAINER, true);
    assertThat(of(pod, plain, Fixtures.host(), 0)).contains(own);
    assertThat(of(pod, plain, legacy, 0)).contains(own);
    assertThat(of(pod, privileged, legacy, 0)).contains(own);
    assertThat(of(pod, privileged, Fixtures.host(), 0)).doesNotContain(own);
  }
}
