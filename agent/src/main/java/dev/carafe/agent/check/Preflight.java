package dev.carafe.agent.check;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.network.Cni;
import dev.carafe.runtime.linux.KernelProbe;
import dev.carafe.runtime.linux.LibSeccomp;
import dev.carafe.runtime.linux.ProcessCapabilities;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All checks of a host, in a fixed order. */
public final class Preflight {
  private final CarafeConfig config;
  private final Host host = new Host(Path.of("/"));

  /** Checks what this configuration will lean on. */
  public Preflight(CarafeConfig config) {
    this.config = requireNonNull(config, "config is null");
  }

  /** Looks; takes as long as the CNI plugins and CRIU take to answer. */
  public List<Finding> run() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    findings.add(KernelChecks.machine(System.getProperty("os.arch")));
    findings.add(KernelChecks.version(System.getProperty("os.version")));
    findings.addAll(
        KernelChecks.features(
            new KernelProbe(CgroupChecks.unified(host, config.runtime().cgroupRoot())).features()));
    findings.add(KernelChecks.capabilities(ProcessCapabilities.ofSelf()));
    findings.add(KernelChecks.userNamespaces(host));
    findings.addAll(CgroupChecks.all(host, config.runtime().cgroupRoot()));
    findings.add(StorageChecks.overlay(host));
    findings.add(StorageChecks.root(config.root()));
    findings.add(StorageChecks.state(config.state()));
    findings.add(NetworkChecks.cni(new Cni(config::network).readiness()));
    findings.add(NetworkChecks.forwarding(host));
    findings.add(SecurityChecks.seccomp(host, LibSeccomp.locate()));
    findings.add(SecurityChecks.appArmor(host));
    findings.add(SecurityChecks.seLinux(host));
    findings.add(OptionalChecks.rdt(host, config.rdt()));
    findings.add(OptionalChecks.criu(host));
    findings.add(OptionalChecks.systemd(host));
    return List.copyOf(findings);
  }
}
