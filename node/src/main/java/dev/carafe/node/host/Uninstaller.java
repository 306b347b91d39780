package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.Set;

/**
 * Gives the node back its former runtime and takes Carafe away. Images and records stay below
 * {@code /var/lib/carafe}, and the administrator's configuration in {@code /etc/carafe}. Can be
 * repeated.
 */
public final class Uninstaller {
  private final HostSettings host;
  private final Systemd systemd;
  private final NodeGate gate;

  /** An uninstaller of a host. */
  public Uninstaller(HostSettings host, HostCommands commands, NodeGate gate) {
    this.host = requireNonNull(host, "host is null");
    this.systemd = new Systemd(commands);
    this.gate = requireNonNull(gate, "gate is null");
  }

  /** Does it. */
  public void uninstall() throws HostException, IOException, InterruptedException {
    KubeletEndpoint kubelet = new KubeletEndpoint(host);
    if (kubelet.restore()) {
      systemd.daemonReload();
      systemd.restart("kubelet.service");
      kubelet.restarted();
    }
    new ServiceUnit(host, systemd).remove();
    new DropIn(host).remove();
    Versions versions = new Versions(host.path(Steps.HOME));
    versions.use(null);
    versions.prune(Set.of());
    HostFiles.removeTree(host.path(InstallRecord.FILE));
    gate.gone();
  }
}
