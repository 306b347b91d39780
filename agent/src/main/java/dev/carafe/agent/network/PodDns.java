package dev.carafe.agent.network;

import java.util.List;

/** The pod's DNS settings, as the kubelet sends them. */
public record PodDns(List<String> servers, List<String> searches, List<String> options) {
  public PodDns {
    servers = List.copyOf(servers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }

  /** Nothing set. */
  public static PodDns none() {
    return new PodDns(List.of(), List.of(), List.of());
  }

  boolean isEmpty() {
    return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
  }
}
