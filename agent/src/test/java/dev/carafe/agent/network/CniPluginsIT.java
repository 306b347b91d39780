package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carafe.agent.config.CarafeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real plugins of the distribution, in a network namespace that stands for the host. */
class CniPluginsIT {
  @TempDir private Path dir;
  private Path leases;
  private PrivateHost host;
  private PluginRunner runner;
  private Cni cni;

  @BeforeEach
  void makeAHost() throws Exception {
    String missing = PrivateHost.missing();
    Assumptions.assumeTrue(missing.isEmpty(), "SKIP cni-plugins: " + missing);
    host = new PrivateHost();
    runner = host.runner();
    leases = dir.resolve("leases");
    Files.createDirectory(dir.resolve("net.d"));
    configure("10.77.0.0/16", "");
    cni = newCni();
  }

  @AfterEach
  void removeTheHost() throws Exception {
    if (host != null) {
      host.remove();
    }
  }

  private Cni newCni() {
    CarafeConfig.Network settings =
        new CarafeConfig.Network(
            dir.resolve("net.d"), List.of(Path.of("/usr/lib/cni")), dir.resolve("cache"));
    return new Cni(() -> settings);
  }

  private void configure(String subnet, String morePlugins) throws IOException {
    Files.writeString(
        dir.resolve("net.d/10.conflist"),
        """
        {"cniVersion": "1.0.0", "name": "carafe-test", "plugins": [
          {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
           "capabilities": {"ips": true},
           "ipam": {"type": "host-local", "dataDir": "%s",
                    "ranges": [[{"subnet": "%s"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}%s]}
        """
            .formatted(leases, subnet, morePlugins));
  }

  private static Attachment pod(
      String id, Path netns, List<PortMapping> ports, Map<String, String> annotations) {
    return new Attachment(
        id, id, "test", "uid-" + id, netns, "eth0", ports, PodDns.none(), annotations, "");
  }

  private Attachment plainPod(String id) throws Exception {
    return pod(id, host.addPod(id), List.of(), Map.of());
  }

  @Test
  void addGivesAnInterfaceAnAddressAndARouteAndDelTakesThemBack() throws Exception {
    assertThat(cni.readiness().message()).isEmpty();
    Attachment pod = plainPod("a");

    CniResult result = cni.add(pod, runner);

    assertThat(result.podIps()).singleElement().asString().startsWith("10.77.");
    String ip = result.podIps().getFirst();
    assertThat(PrivateHost.leases(leases)).containsExactly(ip);
    assertThat(host.inPod("a", "ip", "-o", "addr", "show", "eth0")).contains(" " + ip + "/16 ");
    assertThat(host.inPod("a", "ip", "route")).contains("default via 10.77.0.1 dev eth0");
    assertThat(host.inHost("ip", "-o", "addr", "show", "cni0")).contains(" 10.77.0.1/16 ");
    assertThat(host.inHost("iptables", "-t", "nat", "-S")).contains("-s " + ip + "/");
    cni.check("a", "eth0", runner);

    cni.del(pod, runner);
    cni.del(pod, runner);

    assertThat(PrivateHost.leases(leases)).isEmpty();
    assertThat(host.inPod("a", "ip", "-o", "link")).doesNotContain("eth0");
    assertThat(host.inHost("iptables", "-t", "nat", "-S")).doesNotContain(ip);
    assertThat(cni.recover(Set.of())).isEmpty();
  }

  @Test
  void checkNamesThePluginThatMissesItsAddress() throws Exception {
    cni.add(plainPod("a"), runner);
    host.inPod("a", "ip", "addr", "flush", "dev", "eth0");

    assertThatThrownBy(() -> cni.check("a", "eth0", runner))
        .isInstanceOf(CniException.class)
        .hasMessageStartingWith("CHECK of CNI plugin \"bridge\" (network carafe-test) failed: ");
  }

  @Test
  void delWorksAfterTheNamespaceAndTheConfigurationAreGone() throws Exception {
    List<PortMapping> ports = List.of(new PortMapping(PortMapping.Protocol.TCP, 80, 18080, ""));
    Attachment pod = pod("a", host.addPod("a"), ports, Map.of());
    cni.add(pod, runner);
    assertThat(host.inHost("iptables", "-t", "nat", "-S")).contains("18080");
    host.removePod("a");
    Files.delete(dir.resolve("net.d/10.conflist"));

    newCni().del(pod, runner);

    assertThat(PrivateHost.leases(leases)).isEmpty();
    assertThat(host.inHost("iptables", "-t", "nat", "-S")).doesNotContain("18080");
  }

  @Test
  void aHostPortAnswersOnTheHostsLoopbackAndOnItsAddress() throws Exception {
    List<PortMapping> ports =
        List.of(
            new PortMapping(PortMapping.Protocol.TCP, 8000, 18080, ""),
            new PortMapping(PortMapping.Protocol.TCP, 8001, 0, ""));
    cni.add(pod("a", host.addPod("a"), ports, Map.of()), runner);
    host.serve("a", 8000, "hello from the pod");

    assertThat(get("127.0.0.1", 18080)).isEqualTo("hello from the pod");
    assertThat(get("10.77.0.1", 18080)).isEqualTo("hello from the pod");
  }

  private String get(String address, int port) throws Exception {
    return host.inHost(
        "timeout", "20", "bash", "-c", "exec 3<>/dev/tcp/%s/%d; cat <&3".formatted(address, port));
  }

  @Test
  void everyProtocolAndHostAddressReachesTheRules() throws Exception {
    List<PortMapping> ports =
        List.of(
            new PortMapping(PortMapping.Protocol.UDP, 53, 15353, "10.77.0.1"),
            new PortMapping(PortMapping.Protocol.SCTP, 99, 19999, ""));
    cni.add(pod("a", host.addPod("a"), ports, Map.of()), runner);

    String rules = host.inHost("iptables", "-t", "nat", "-S");
    assertThat(rules).containsPattern("-d 10\\.77\\.0\\.1/32 -p udp .*--dport 15353 .*DNAT .*:53");
    assertThat(rules).containsPattern("-p sctp .*--dport 19999 .*DNAT .*:99");
  }

  @Test
  void bandwidthAnnotationsBecomeAQueueOfThatRate() throws Exception {
    configure(
        "10.77.0.0/16", ", {\"type\": \"bandwidth\", \"capabilities\": {\"bandwidth\": true}}");
    Map<String, String> annotations = Map.of("kubernetes.io/ingress-bandwidth", "3M");
    cni.add(pod("a", host.addPod("a"), List.of(), annotations), runner);

    assertThat(host.inHost("tc", "qdisc", "show")).containsPattern("qdisc tbf .* rate 3Mbit");
  }

  @Test
  void aPodGetsTheAddressThatItsAnnotationAsksFor() throws Exception {
    Map<String, String> annotations = Map.of("carafe.dev/ips", "10.77.9.9");

    assertThat(cni.add(pod("a", host.addPod("a"), List.of(), annotations), runner).podIps())
        .containsExactly("10.77.9.9");
  }

  @Test
  void aPodOfBothFamiliesHasItsPrimaryAddressFirst() throws Exception {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/proc/sys/net/ipv6")), "SKIP dual-stack: the kernel has no IPv6");
    configure("10.77.0.0/16\"}], [{\"subnet\": \"fd77::/64", "");

    assertThat(cni.add(plainPod("a"), runner).podIps())
        .hasSize(2)
        .satisfies(ips -> assertThat(ips.get(0)).startsWith("10.77."))
        .satisfies(ips -> assertThat(ips.get(1)).startsWith("fd77::"));
  }

  @Test
  void aSinglePluginOfTheOldestFormsWorks() throws Exception {
    Files.writeString(
        dir.resolve("net.d/00.conf"),
        """
        {"cniVersion": "0.2.0", "name": "old", "type": "bridge", "bridge": "cni1", "isGateway": true,
         "ipam": {"type": "host-local", "dataDir": "%s", "subnet": "10.78.0.0/24"}}
        """
            .formatted(leases));
    Attachment pod = plainPod("a");

    assertThat(cni.add(pod, runner).podIps()).containsExactly("10.78.0.2");
    cni.del(pod, runner);
    assertThat(PrivateHost.leases(leases)).isEmpty();
  }

  @Test
  void anExhaustedRangeIsReportedInThePluginsWordsAndLeavesNothing() throws Exception {
    configure("10.77.0.0/30", "");
    cni.add(plainPod("a"), runner);
    Attachment second = plainPod("b");

    assertThatThrownBy(() -> cni.add(second, runner))
        .hasMessageStartingWith("ADD of CNI plugin \"bridge\" (network carafe-test) failed: ")
        .hasMessageContaining("no IP addresses available");

    assertThat(PrivateHost.leases(leases)).hasSize(1);
    assertThat(host.inPod("b", "ip", "-o", "link")).doesNotContain("eth0");
    assertThat(cni.recover(Set.of("a", "b"))).isEmpty();
  }

  @Test
  void anAddThatWasCutShortLeavesNoAddressAfterRecovery() throws Exception {
    PluginRunner killedAfterFirst =
        (argv, env, stdin, timeout) -> {
          runner.run(argv, env, stdin, timeout);
          throw new IllegalStateException("kill -9");
        };
    Attachment pod = plainPod("a");
    assertThatThrownBy(() -> cni.add(pod, killedAfterFirst)).hasMessage("kill -9");
    assertThat(PrivateHost.leases(leases)).hasSize(1);

    Cni restarted = newCni();
    for (AttachmentRecord owed : restarted.recover(Set.of("a"))) {
      restarted.del(owed, runner);
    }

    assertThat(PrivateHost.leases(leases)).isEmpty();
    assertThat(host.inPod("a", "ip", "-o", "link")).doesNotContain("eth0");
  }

  @Test
  void aHundredAndTenPodsAtOnceGetAsManyAddresses() throws Exception {
    List<Attachment> pods = new ArrayList<>();
    for (int i = 0; i < 110; i++) {
      pods.add(plainPod("p" + i));
    }

    List<String> ips = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<CniResult>> results =
          pods.stream().map(pod -> threads.submit(() -> cni.add(pod, runner))).toList();
      for (Future<CniResult> result : results) {
        ips.addAll(result.get().podIps());
      }
      assertThat(ips).hasSize(110).doesNotHaveDuplicates();
      assertThat(PrivateHost.leases(leases)).hasSize(110).containsAll(ips);

      List<Future<Boolean>> removals =
          pods.stream().map(pod -> threads.submit(() -> delete(pod))).toList();
      for (Future<Boolean> removal : removals) {
        assertThat(removal.get()).isTrue();
      }
    }

    assertThat(PrivateHost.leases(leases)).isEmpty();
    assertThat(cni.recover(Set.of())).isEmpty();
  }

  private boolean delete(Attachment pod) throws Exception {
    cni.del(pod, runner);
    return cni.result(pod.podId(), "eth0") == null;
  }
}
