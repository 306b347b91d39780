package dev.carafe.agent.pod;

import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.network.Attachment;
import dev.carafe.agent.network.PodDns;
import dev.carafe.agent.network.PortMapping;
import dev.carafe.cri.v1.DNSConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;
import java.util.List;

/** A pod's configuration in the terms of the network. */
final class PodNetwork {
  private PodNetwork() {}

  /**
   * The attachment that the pod asks for.
   *
   * @throws Failure of kind INVALID when a port is out of range
   */
  static Attachment attachment(PodRecord record, PodPaths paths, String cgroupPath) {
    PodSandboxConfig config = record.config();
    PodSandboxMetadata metadata = config.getMetadata();
    DNSConfig dns = config.getDnsConfig();
    return new Attachment(
        record.id(),
        metadata.getName(),
        metadata.getNamespace(),
        metadata.getUid(),
        paths.netns(),
        Attachment.DEFAULT_IFNAME,
        ports(config),
        new PodDns(dns.getServersList(), dns.getSearchesList(), dns.getOptionsList()),
        config.getAnnotationsMap(),
        cgroupPath);
  }

  private static List<PortMapping> ports(PodSandboxConfig config) {
    try {
      return config.getPortMappingsList().stream()
          .filter(port -> port.getHostPort() != 0)
          .map(port ->
              new PortMapping(
                  switch (port.getProtocol()) {
                    case TCP -> PortMapping.Protocol.TCP;
                    case UDP -> PortMapping.Protocol.UDP;
                    case SCTP -> PortMapping.Protocol.SCTP;
                    case UNRECOGNIZED ->
                        throw new IllegalArgumentException(
                            "protocol %d: expected TCP, UDP or SCTP"
                                .formatted(port.getProtocolValue()));
                  },
                  port.getContainerPort(),
                  port.getHostPort(),
                  port.getHostIp()))
          .toList();
    } catch (IllegalArgumentException wrong) {
      throw Failure.invalid("config.port_mappings: " + wrong.getMessage(), wrong);
    }
  }
}
