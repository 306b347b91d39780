package dev.carafe.agent.network;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A pod that is to have an interface in the cluster's network.
 *
 * @param podId the sandbox's id, CNI's container id
 * @param netns the pin of its network namespace
 * @param ifname the interface's name inside the pod
 * @param portMappings those with host port 0 are passed over
 * @param annotations the pod's; {@link RuntimeConfig} says which ones count
 * @param cgroupPath the pod's cgroup; empty when it has none
 */
public record Attachment(
    String podId,
    String podName,
    String namespace,
    String uid,
    Path netns,
    String ifname,
    List<PortMapping> portMappings,
    PodDns dns,
    Map<String, String> annotations,
    String cgroupPath) {
  /** The interface that Kubernetes expects. */
  public static final String DEFAULT_IFNAME = "eth0";

  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
  private static final Pattern IFNAME = Pattern.compile("(?!\\.{1,2}$)[^/:\\s]{1,15}");

  public Attachment {
    requireNonNull(podName, "podName");
    requireNonNull(namespace, "namespace");
    requireNonNull(uid, "uid");
    requireNonNull(netns, "netns");
    portMappings = List.copyOf(portMappings);
    requireNonNull(dns, "dns");
    annotations = Map.copyOf(annotations);
    requireNonNull(cgroupPath, "cgroupPath");
    if (!ID.matcher(podId).matches()) {
      throw new IllegalArgumentException(
          "pod id \"" + podId + "\": expected letters, digits, _ . and -");
    }
    if (!IFNAME.matcher(ifname).matches()) {
      throw new IllegalArgumentException(
          "interface name \"" + ifname + "\": expected 1 to 15 characters without / : and space");
    }
  }
}
