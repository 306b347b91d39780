package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerStatsRequest;
import dev.carafe.cri.v1.ExecSyncResponse;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxStatsRequest;
import dev.carafe.cri.v1.UserNamespace;
import dev.carafe.e2e.Command;
import dev.carafe.e2e.client.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods with user namespaces (KEP-127): volumes, images as volumes, the host's network. */
class UserNamespaceIT {
  @RegisterExtension static final CriNode NODE = new CriNode();
  private static final String NGINX = "registry.k8s.io/e2e-test-images/nginx:1.14-2";
  private static final IDMapping MAPPING =
      IDMapping.newBuilder().setContainerId(0).setHostId(800_000).setLength(65_536).build();

  private static Workload pod(NamespaceMode network) {
    PodSandboxConfig.Builder config = NODE.podConfig();
    options(config.getLinuxBuilder().getSecurityContextBuilder().getNamespaceOptionsBuilder())
        .setNetwork(network);
    if (network == NamespaceMode.NODE) {
      config.clearHostname();
    }
    return NODE.pod(config);
  }

  private static ContainerConfig.Builder container() {
    ContainerConfig.Builder config = shell("c", "exec sleep 1000");
    options(config.getLinuxBuilder().getSecurityContextBuilder().getNamespaceOptionsBuilder());
    return config;
  }

  private static NamespaceOption.Builder options(NamespaceOption.Builder options) {
    return options
        .setPid(NamespaceMode.CONTAINER)
        .setUsernsOptions(
            UserNamespace.newBuilder()
                .setMode(NamespaceMode.POD)
                .addUids(MAPPING)
                .addGids(MAPPING));
  }

  private static Mount.Builder volume(Path source, String target) {
    return Mount.newBuilder().setHostPath(source.toString()).setContainerPath(target);
  }

  @Test
  void volumesAndImagesBelongToThePodsRoot() throws Exception {
    NODE.node().pull(NGINX);
    Path source = Files.createDirectories(NODE.node().settings().root().resolve("../volume"));
    Files.writeString(source.resolve("hosts"), "h");
    Workload pod = pod(NamespaceMode.POD);
    String id =
        run(
            pod,
            container()
                .addMounts(
                    volume(source, "/mapped").addUidMappings(MAPPING).addGidMappings(MAPPING))
                .addMounts(volume(source, "/plain"))
                .addMounts(image(NGINX, "/layers", ""))
                .addMounts(image(CriNode.BUSYBOX, "/layer", ""))
                .addMounts(image(NGINX, "/file", "etc/passwd")));
    assertThat(NODE.output(id, "stat -c %u:%g /mapped/hosts /layers/etc /layer/bin /file"))
        .isEqualTo("0:0\n0:0\n0:0\n0:0");
    assertThat(NODE.output(id, "stat -c %u /plain/hosts")).isEqualTo("65534");
    NODE.output(id, "echo x > /mapped/made");
    assertThat(Files.getAttribute(source.resolve("made"), "unix:uid")).isEqualTo(0);
    ExecSyncResponse refused = NODE.exec(id, 10, "sh", "-c", "echo x > /plain/hosts");
    assertThat(refused.getStderr().toStringUtf8()).contains("Permission denied");
    assertThat(
            NODE.runtime()
                .podSandboxStats(
                    PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod.podId()).build())
                .getStats()
                .getLinux()
                .getNetwork()
                .getDefaultInterface()
                .getName())
        .isEqualTo("eth0");
    assertThat(
            NODE.runtime()
                .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
                .getStats()
                .getMemory()
                .getUsageBytes()
                .getValue())
        .isPositive();
    pod.remove();
    Files.deleteIfExists(source.resolve("made"));
    Files.deleteIfExists(source.resolve("hosts"));
    Files.deleteIfExists(source);
  }

  private static Mount image(String image, String path, String subPath) {
    return Mount.newBuilder()
        .setImage(ImageSpec.newBuilder().setImage(image))
        .setContainerPath(path)
        .setImageSubPath(subPath)
        .setReadonly(true)
        .build();
  }

  /** A mount inside a user namespace must not clear a flag that its source has (EPERM). */
  @Test
  void flagsOfASourceStayWhenItIsMountedReadOnly() throws Exception {
    Path source = Files.createDirectories(NODE.node().settings().root().resolve("../locked"));
    Command mounted =
        Command.run(
            "mount", "-t", "tmpfs", "-o", "nosuid,nodev,noexec", "locked", source.toString());
    assertThat(mounted.exit()).as(mounted.stderr()).isZero();
    try {
      Workload pod = pod(NamespaceMode.POD);
      String id =
          run(
              pod,
              container()
                  .addMounts(volume(source, "/ro").setReadonly(true))
                  .addMounts(volume(source, "/rw")));
      assertThat(NODE.output(id, "grep ' /ro ' /proc/self/mountinfo | cut -d' ' -f6"))
          .contains("ro", "nosuid", "nodev", "noexec");
      assertThat(NODE.output(id, "grep ' /rw ' /proc/self/mountinfo | cut -d' ' -f6"))
          .contains("rw", "nosuid", "nodev", "noexec");
      pod.remove();
    } finally {
      assertThat(Command.run("umount", source.toString()).exit()).isZero();
    }
    Files.delete(source);
  }

  @Test
  void aNamespaceOfUsersGoesWithTheHostsNetwork() {
    Workload pod = pod(NamespaceMode.NODE);
    String id = run(pod, container());
    assertThat(NODE.output(id, "cat /proc/self/uid_map").strip().replaceAll(" +", " "))
        .isEqualTo("0 800000 65536");
    assertThat(NODE.output(id, "ls /sys/class/net")).contains(NODE.node().settings().bridge());
    assertThat(NODE.exec(id, 10, "ip", "link", "set", "lo", "mtu", "1000").getExitCode())
        .isNotZero();
    pod.remove();
  }
}
