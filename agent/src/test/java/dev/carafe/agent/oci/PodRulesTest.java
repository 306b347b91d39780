package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.Int64Value;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.UserNamespace;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PodRulesTest {
  private static PodSandboxConfig pod(Consumer<NamespaceOption.Builder> change) {
    PodSandboxConfig.Builder pod = Fixtures.podConfig().clearHostname();
    change.accept(pod.getLinuxBuilder().getSecurityContextBuilder().getNamespaceOptionsBuilder());
    return pod.build();
  }

  private static IDMapping.Builder range(int containerId, int hostId, int length) {
    return IDMapping.newBuilder().setContainerId(containerId).setHostId(hostId).setLength(length);
  }

  private static UserNamespace.Builder user() {
    return UserNamespace.newBuilder()
        .addUids(range(0, 65_536, 65_536))
        .addGids(range(0, 65_536, 65_536));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bad("network: 1", o -> o.setNetwork(NamespaceMode.CONTAINER)),
        bad("ipc: 3", o -> o.setIpc(NamespaceMode.TARGET)),
        bad("ipc: 9", o -> o.setIpcValue(9)),
        bad("pid: 3", o -> o.setPid(NamespaceMode.TARGET)),
        bad(
            "userns_options.mode: CONTAINER",
            o -> o.setUsernsOptions(user().setMode(NamespaceMode.CONTAINER))),
        bad(
            "userns_options.mode: TARGET",
            o -> o.setUsernsOptions(user().setMode(NamespaceMode.TARGET))),
        bad(
            "userns_options.mode: NODE with id mappings",
            o -> o.setUsernsOptions(user().setMode(NamespaceMode.NODE))),
        bad("userns_options.uids: 0 mappings", o -> o.setUsernsOptions(user().clearUids())),
        bad(
            "userns_options.gids: 2 mappings",
            o -> o.setUsernsOptions(user().addGids(range(65_536, 200_000, 1)))),
        bad(
            "userns_options.uids: container_id 1",
            o -> o.setUsernsOptions(user().clearUids().addUids(range(1, 65_536, 65_536)))),
        bad(
            "userns_options.uids: length 0",
            o -> o.setUsernsOptions(user().clearUids().addUids(range(0, 65_536, 0)))),
        bad(
            "userns_options.uids: length 2 from host_id 4294967294",
            o -> o.setUsernsOptions(user().clearUids().addUids(range(0, -2, 2)))),
        bad(
            "userns_options.mode: POD with the host's pid",
            o -> o.setUsernsOptions(user()).setPid(NamespaceMode.NODE)),
        bad(
            "userns_options.mode: POD with the host's pid",
            o -> o.setUsernsOptions(user()).setIpc(NamespaceMode.NODE)));
  }

  private static Arguments bad(String message, Consumer<NamespaceOption.Builder> change) {
    return Arguments.of(message, pod(change));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(String message, PodSandboxConfig pod) {
    assertThatThrownBy(() -> PodRules.validate(pod))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("linux.security_context.namespace_options." + message);
  }

  @Test
  void accepted() {
    assertThatCode(
            () -> {
              PodRules.validate(PodSandboxConfig.getDefaultInstance());
              PodRules.validate(pod(o -> o.setUsernsOptions(user())));
              PodRules.validate(
                  pod(o -> o.setUsernsOptions(user()).setNetwork(NamespaceMode.NODE)));
              PodRules.validate(pod(o -> o.getUsernsOptionsBuilder().setMode(NamespaceMode.NODE)));
              PodRules.validate(
                  pod(o ->
                      o.setNetwork(NamespaceMode.NODE)
                          .setIpc(NamespaceMode.NODE)
                          .setPid(NamespaceMode.NODE)));
            })
        .doesNotThrowAnyException();
  }

  @Test
  void aPodInTheHostsNetworkHasTheHostsName() {
    PodSandboxConfig named =
        pod(o -> o.setNetwork(NamespaceMode.NODE)).toBuilder().setHostname("web-0").build();
    assertThatThrownBy(() -> PodRules.validate(named))
        .hasMessageContaining("hostname: \"web-0\"")
        .hasMessageContaining("leave it out");
  }

  @Test
  void aGroupNeedsAUser() {
    PodSandboxConfig.Builder pod = Fixtures.podConfig();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .setRunAsGroup(Int64Value.newBuilder().setValue(5));
    assertThatThrownBy(() -> PodRules.validate(pod.build()))
        .hasMessageContaining("linux.security_context.run_as_group: 5 without run_as_user");
  }

  private static Map<String, String> sysctls(
      Consumer<NamespaceOption.Builder> change, String name, String value) {
    PodSandboxConfig.Builder pod = pod(change).toBuilder();
    pod.getLinuxBuilder().putSysctls(name, value);
    return PodSysctls.validate(pod.build());
  }

  @ParameterizedTest
  @CsvSource({
    "kernel.shm_rmid_forced,           kernel.shm_rmid_forced",
    "kernel/shm_rmid_forced,           kernel.shm_rmid_forced",
    "fs.mqueue.msg_max,                fs.mqueue.msg_max",
    "net.core.somaxconn,               net.core.somaxconn",
    "net/ipv4/conf/eth0.100/forwarding,net.ipv4.conf.eth0/100.forwarding",
    "kernel.domainname,                kernel.domainname",
  })
  void parametersOfThePodsNamespaces(String name, String dotted) {
    assertThat(sysctls(o -> {}, name, "7")).containsEntry(dotted, "7");
  }

  @Test
  void defaultsGiveWayAndNeedANetworkOfThePodsOwn() {
    String port = "net.ipv4.ip_unprivileged_port_start";
    String ping = "net.ipv4.ping_group_range";
    assertThat(PodSysctls.validate(pod(o -> {})))
        .containsExactlyInAnyOrderEntriesOf(Map.of(port, "0", ping, "0 2147483647"));
    assertThat(PodSysctls.validate(pod(o -> o.setNetwork(NamespaceMode.NODE)))).isEmpty();
    assertThat(PodSysctls.validate(pod(o -> o.setUsernsOptions(user())))).containsOnlyKeys(port);
    assertThat(sysctls(o -> {}, "net/ipv4/ip_unprivileged_port_start", "1024"))
        .containsEntry(port, "1024");
    assertThat(sysctls(o -> o.setUsernsOptions(user()), "user.max_inotify_watches", "9"))
        .containsEntry("user.max_inotify_watches", "9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kernel.core_pattern",
        "kernel.hostname",
        "vm.swappiness",
        "user.max_inotify_watches",
        "net/../kernel/core_pattern",
        "net..core",
        "/net/core/somaxconn",
        "fs.mqueue",
        "netx.core.somaxconn",
        "",
      })
  void parametersOfTheNodeAreRefused(String name) {
    assertThatThrownBy(() -> sysctls(o -> {}, name, "1"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("linux.sysctls: \"%s\"", name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"net.core.somaxconn", "kernel.msgmax", "kernel.domainname"})
  void parametersOfNamespacesThatThePodSharesWithTheNodeAreRefused(String name) {
    Consumer<NamespaceOption.Builder> host =
        o -> o.setNetwork(NamespaceMode.NODE).setIpc(NamespaceMode.NODE);
    assertThatThrownBy(() -> sysctls(host, name, "1"))
        .hasMessageContaining("linux.sysctls: \"%s\" belongs to the", name);
  }

  @Test
  void aValueIsOneLine() {
    assertThatThrownBy(() -> sysctls(o -> {}, "net.core.somaxconn", "1\n2"))
        .hasMessageContaining("more than one line");
  }
}
