package dev.carafe.agent.pod;

import dev.carafe.cri.v1.DNSConfig;
import dev.carafe.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The files that a pod's containers share: resolv.conf, hostname. */
final class PodFiles {
  private static final Path HOST_RESOLV_CONF = Path.of("/etc/resolv.conf");

  private PodFiles() {}

  /** Makes the pod's state directory with all that its shim and containers expect in it. */
  static void create(PodPaths paths, PodSandboxConfig config, String hostname) throws IOException {
    Files.createDirectories(paths.dir());
    Files.setPosixFilePermissions(paths.dir(), PosixFilePermissions.fromString("rwx------"));
    for (Path dir :
        List.of(paths.shm(), paths.scratch(), paths.exits(), paths.ipcns().getParent())) {
      Files.createDirectories(dir);
    }
    share(paths.resolvConf(), resolvConf(config));
    share(paths.hostname(), hostname + "\n");
  }

  /** A file that every user of a container may read, whatever the agent's umask. */
  private static void share(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** The name that the pod's containers see: the configured one, else the host's own. */
  static String hostname(PodRecord record) throws IOException {
    String configured = record.config().getHostname();
    return configured.isEmpty()
        ? Files.readString(Path.of("/proc/sys/kernel/hostname")).strip()
        : configured;
  }

  /**
   * The configured servers, searches and options; without any of them, the host's file as it is.
   */
  static String resolvConf(PodSandboxConfig config) throws IOException {
    DNSConfig dns = config.getDnsConfig();
    if (dns.equals(DNSConfig.getDefaultInstance())) {
      return hostResolvConf();
    }
    StringBuilder text = new StringBuilder();
    if (dns.getSearchesCount() > 0) {
      text.append("search ").append(String.join(" ", dns.getSearchesList())).append('\n');
    }
    dns.getServersList().forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (dns.getOptionsCount() > 0) {
      text.append("options ").append(String.join(" ", dns.getOptionsList())).append('\n');
    }
    return text.toString();
  }

  private static String hostResolvConf() throws IOException {
    try {
      return new String(Files.readAllBytes(HOST_RESOLV_CONF), StandardCharsets.UTF_8);
    } catch (NoSuchFileException none) {
      return "";
    }
  }
}
