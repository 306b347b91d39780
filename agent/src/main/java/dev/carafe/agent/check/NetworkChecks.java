package dev.carafe.agent.check;

import dev.carafe.agent.network.NetworkReadiness;

/** CNI and what pods' traffic needs of the host. */
final class NetworkChecks {
  private NetworkChecks() {}

  static Finding cni(NetworkReadiness readiness) {
    return readiness.ready()
        ? Finding.ok("cni", "network " + readiness.networkName())
        : Finding.warn(
            "cni",
            readiness.message(),
            "install a network, with its plugins, or wait for the DaemonSet that brings one; only"
                + " pods in the host's network run before");
  }

  static Finding forwarding(Host host) {
    return host.line("/proc/sys/net/ipv4/ip_forward").equals("1")
        ? Finding.ok("ip forwarding", "on")
        : Finding.warn(
            "ip forwarding",
            "net.ipv4.ip_forward is off",
            "sysctl -w net.ipv4.ip_forward=1, and in /etc/sysctl.d: pods reach nothing beyond their"
                + " node without it");
  }
}
