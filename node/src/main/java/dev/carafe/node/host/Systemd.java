package dev.carafe.node.host;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/** The host's systemd, through its own systemctl. */
final class Systemd {
  private final HostCommands commands;

  Systemd(HostCommands commands) {
    this.commands = requireNonNull(commands, "commands is null");
  }

  void daemonReload() throws HostException, InterruptedException {
    systemctl("daemon-reload");
  }

  void enable(String unit) throws HostException, InterruptedException {
    systemctl("enable", unit);
  }

  void disable(String unit) throws HostException, InterruptedException {
    systemctl("disable", unit);
  }

  void restart(String unit) throws HostException, InterruptedException {
    systemctl("restart", unit);
  }

  void stop(String unit) throws HostException, InterruptedException {
    systemctl("stop", unit);
  }

  /**
   * Runs a program as systemd runs services, outside of this process's container: with the host's
   * namespaces and all its capabilities.
   */
  HostCommands.Result runOnHost(List<String> command) throws HostException, InterruptedException {
    List<String> all =
        new ArrayList<>(List.of("systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--"));
    all.addAll(command);
    return commands.run(all);
  }

  private void systemctl(String... arguments) throws HostException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("systemctl"));
    command.addAll(List.of(arguments));
    commands.mustRun(command);
  }
}
