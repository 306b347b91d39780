package dev.carafe.agent.network;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * The runtime's settings for a pod, one key for each of CNI's capabilities (its conventions page):
 * {@code portMappings}, {@code bandwidth}, {@code dns}, {@code ips}, {@code
 * io.kubernetes.cri.pod-annotations}, {@code cgroupPath}. A plugin gets those that its
 * configuration declares.
 *
 * <p>Annotations that count: those of {@link Bandwidth}, and {@value #IPS_ANNOTATION}, a
 * comma-separated list of addresses, each with or without its prefix, which becomes {@code ips}
 * (CNI names no annotation for it; host-local takes both forms, static wants the prefix).
 */
final class RuntimeConfig {
  static final String IPS_ANNOTATION = "carafe.dev/ips";

  /** Bits; as Kubernetes has always sent it, so that only the rate limits. */
  private static final int UNLIMITED_BURST = Integer.MAX_VALUE;

  private RuntimeConfig() {}

  /**
   * Everything that is set for this pod.
   *
   * @throws IllegalArgumentException an annotation is not understood
   */
  static ObjectNode of(Attachment attachment) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    putPortMappings(all, attachment.portMappings());
    putBandwidth(all, Bandwidth.of(attachment.annotations()));
    putDns(all, attachment.dns());
    putIps(all, attachment.annotations().getOrDefault(IPS_ANNOTATION, ""));
    if (!attachment.annotations().isEmpty()) {
      ObjectNode annotations = all.putObject("io.kubernetes.cri.pod-annotations");
      attachment.annotations().forEach(annotations::put);
    }
    if (!attachment.cgroupPath().isEmpty()) {
      all.put("cgroupPath", attachment.cgroupPath());
    }
    return all;
  }

  private static void putPortMappings(ObjectNode all, List<PortMapping> mappings) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (PortMapping mapping : mappings) {
      if (mapping.hostPort() != 0) {
        list.addObject()
            .put("hostPort", mapping.hostPort())
            .put("containerPort", mapping.containerPort())
            .put("protocol", mapping.protocol().name().toLowerCase(Locale.ROOT))
            .put("hostIP", mapping.hostIp());
      }
    }
    if (!list.isEmpty()) {
      all.set("portMappings", list);
    }
  }

  private static void putBandwidth(ObjectNode all, Bandwidth bandwidth) {
    if (bandwidth.isUnlimited()) {
      return;
    }
    ObjectNode object = all.putObject("bandwidth");
    if (bandwidth.ingress() > 0) {
      object.put("ingressRate", bandwidth.ingress()).put("ingressBurst", UNLIMITED_BURST);
    }
    if (bandwidth.egress() > 0) {
      object.put("egressRate", bandwidth.egress()).put("egressBurst", UNLIMITED_BURST);
    }
  }

  private static void putDns(ObjectNode all, PodDns dns) {
    if (dns.isEmpty()) {
      return;
    }
    ObjectNode object = all.putObject("dns");
    putTexts(object.putArray("servers"), dns.servers());
    putTexts(object.putArray("searches"), dns.searches());
    putTexts(object.putArray("options"), dns.options());
  }

  private static void putIps(ObjectNode all, String annotation) {
    if (annotation.isBlank()) {
      return;
    }
    ArrayNode list = all.putArray("ips");
    for (String item : annotation.split(",", -1)) {
      String ip = item.strip();
      if (IpText.bits(ip) < 0 && IpText.prefixLength(ip) < 0) {
        throw new IllegalArgumentException(
            "annotation %s = \"%s\": expected addresses like 10.1.2.3 or 10.1.2.3/24, separated by commas"
                .formatted(IPS_ANNOTATION, annotation));
      }
      list.add(ip);
    }
  }

  private static void putTexts(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }
}
