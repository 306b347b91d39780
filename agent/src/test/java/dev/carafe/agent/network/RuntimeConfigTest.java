package dev.carafe.agent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuntimeConfigTest {
  private static Attachment pod(
      List<PortMapping> ports, PodDns dns, Map<String, String> annotations, String cgroup) {
    return new Attachment(
        "id", "n", "ns", "u", Path.of("/netns"), "eth0", ports, dns, annotations, cgroup);
  }

  @Test
  void aPodThatSetsNothingGetsNothing() {
    assertThat(RuntimeConfig.of(pod(List.of(), PodDns.none(), Map.of(), ""))).isEmpty();
  }

  @Test
  void everythingThatIsSetHasItsCapability() throws Exception {
    Attachment pod =
        pod(
            List.of(
                new PortMapping(PortMapping.Protocol.SCTP, 1, 2, ""),
                new PortMapping(PortMapping.Protocol.UDP, 3, 4, "::1"),
                new PortMapping(PortMapping.Protocol.TCP, 5, 0, "")),
            new PodDns(List.of("10.0.0.10"), List.of("svc"), List.of("ndots:5")),
            Map.of("kubernetes.io/ingress-bandwidth", "1M", "carafe.dev/ips", "10.0.0.5/24"),
            "/kubepods/pod1");

    assertThat(new ObjectMapper().readTree(RuntimeConfig.of(pod).toString()))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"portMappings": [
                       {"hostPort": 2, "containerPort": 1, "protocol": "sctp", "hostIP": ""},
                       {"hostPort": 4, "containerPort": 3, "protocol": "udp", "hostIP": "::1"}],
                     "bandwidth": {"ingressRate": 1000000, "ingressBurst": 2147483647},
                     "dns": {"servers": ["10.0.0.10"], "searches": ["svc"], "options": ["ndots:5"]},
                     "ips": ["10.0.0.5/24"],
                     "io.kubernetes.cri.pod-annotations": {
                       "kubernetes.io/ingress-bandwidth": "1M", "carafe.dev/ips": "10.0.0.5/24"},
                     "cgroupPath": "/kubepods/pod1"}
                    """));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "web",
        "10.0.0.5,",
        "10.0.0.5/33",
        "10.0.0.5/x",
        "10.0.0.5/",
        "localhost",
        "1.2.3"
      })
  void whatIsNoAddressIsRefusedByName(String text) {
    Attachment pod = pod(List.of(), PodDns.none(), Map.of("carafe.dev/ips", text), "");

    assertThatThrownBy(() -> RuntimeConfig.of(pod))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("annotation carafe.dev/ips = \"" + text + "\": expected addresses");
  }

  @Test
  void attachmentsAndPortMappingsRefuseWhatWouldNotFit() {
    assertThatThrownBy(() -> new PortMapping(PortMapping.Protocol.TCP, 0, 1, ""))
        .hasMessage("container port 0: expected 1 to 65535");
    assertThatThrownBy(() -> new PortMapping(PortMapping.Protocol.TCP, 1, 65536, ""))
        .hasMessage("host port 65536: expected 0 to 65535");
    assertThatThrownBy(() -> attachment("../x", "eth0")).hasMessageContaining("pod id \"../x\"");
    for (String ifname : List.of("", "a/b", "..", "sixteen-letters-")) {
      assertThatThrownBy(() -> attachment("id", ifname))
          .hasMessageContaining("interface name \"" + ifname + "\"");
    }
  }

  private static Attachment attachment(String id, String ifname) {
    return new Attachment(
        id, "n", "ns", "u", Path.of("/n"), ifname, List.of(), PodDns.none(), Map.of(), "");
  }
}
