package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
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
    if (host.mode() == Mode.REPLACE && new KubeletEndpoint(host).restore()) {
      systemd.daemonReload();
      systemd.restart("kubelet.service");
    }
    if (Files.exists(Steps.unitFile(host))) {
      systemd.stop(Steps.UNIT);
      if (host.mode() == Mode.REPLACE) {
        systemd.disable(Steps.UNIT);
      }
      Files.delete(Steps.unitFile(host));
      systemd.daemonReload();
    }
    Files.deleteIfExists(host.path(Steps.DROP_IN));
    Versions versions = new Versions(host.path(Steps.HOME));
    versions.use(null);
    versions.prune(Set.of());
    HostFiles.removeTree(host.path(InstallRecord.FILE));
    gate.gone();
  }
}
