package dev.carafe.agent.oci;

import dev.carafe.agent.cdi.CdiEdits;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerMetadata;
import dev.carafe.cri.v1.ImageSpec;
import dev.carafe.cri.v1.LinuxContainerConfig;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.spec.Capability;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pods, images and containers of which a test changes the part that it is about. */
final class Fixtures {
  static final long ALL_CAPABILITIES = (1L << 41) - 1;

  /** As build machines have it. */
  static final long NO_SYS_RESOURCE = ALL_CAPABILITIES & ~Capability.SYS_RESOURCE.mask();

  static final Path POD_DIR = Path.of("/run/carafe/pods/p1");

  static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/sh
      daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
      www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
      default-user:x:1000:1000::/home/default-user:/bin/sh
      """;

  static final String GROUP =
      """
      root:x:0:
      daemon:x:1:
      www-data:x:33:
      default-user:x:1000:
      group-defined-in-image:x:50000:default-user
      tape:x:26:daemon,www-data
      """;

  private Fixtures() {}

  /** A node with all that there is. */
  static HostFacts host() {
    return new HostFacts(true, true, true, false, false, ALL_CAPABILITIES, "node-1");
  }

  static UserDatabase users() {
    return users(PASSWD, GROUP);
  }

  static UserDatabase users(String passwd, String group) {
    Map<String, String> files = Map.of("/etc/passwd", passwd, "/etc/group", group);
    return new UserDatabase(files::get);
  }

  static PodSandboxConfig.Builder podConfig() {
    PodSandboxConfig.Builder config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName("web").setNamespace("shop").setUid("u-1"))
            .setHostname("web-0");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.CONTAINER);
    return config;
  }

  static PodContext pod() {
    return pod(podConfig().build());
  }

  /** A pod with the pins that its configuration asks for. */
  static PodContext pod(PodSandboxConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    boolean hostNetwork = options.getNetwork() == NamespaceMode.NODE;
    return new PodContext(
        "p1",
        config,
        POD_DIR.resolve("resolv.conf"),
        POD_DIR.resolve("hostname"),
        POD_DIR.resolve("shm"),
        hostNetwork ? null : Path.of("/run/netns/carafe-p1"),
        options.getIpc() == NamespaceMode.NODE ? null : POD_DIR.resolve("ns/ipc"),
        hostNetwork ? null : POD_DIR.resolve("ns/uts"),
        PodRules.ownUser(options) ? POD_DIR.resolve("ns/user") : null,
        false,
        options.getPid() == NamespaceMode.POD ? 4711 : 0);
  }

  static ImageContext image() {
    return image("", List.of());
  }

  static ImageContext image(String user, List<Path> lowers) {
    return new ImageContext(
        "sha256:cafe",
        user,
        List.of("PATH=/bin:/usr/bin", "LANG=C.UTF-8"),
        List.of("/entry"),
        List.of("serve"),
        "/srv",
        "",
        lowers);
  }

  static ContainerConfig.Builder config() {
    return config(LinuxContainerSecurityContext.newBuilder());
  }

  /** A container with a PID namespace of its own and these security settings. */
  static ContainerConfig.Builder config(LinuxContainerSecurityContext.Builder security) {
    if (!security.hasNamespaceOptions()) {
      security.getNamespaceOptionsBuilder().setPid(NamespaceMode.CONTAINER);
    }
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(ImageSpec.newBuilder().setImage("example.test/app:1"))
        .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(security));
  }

  static ContainerRequest request(ContainerConfig config) {
    return request(pod(), config, image());
  }

  static ContainerRequest request(PodContext pod, ContainerConfig config, ImageContext image) {
    return new ContainerRequest(
        "c1", pod, config, image, Map.of(), CdiEdits.NONE, "/carafe/p1/c1", 0);
  }

  private static final AppArmor NO_APPARMOR =
      new AppArmor(Path.of("/nonexistent"), Path.of("/nonexistent"), List.of());

  /** A factory whose host has the mounts of these mountinfo lines and no devices. */
  static SpecFactory factory(HostFacts host, Path emptyDev, String... mountinfo) {
    return new SpecFactory(host, NO_APPARMOR, () -> MountTable.parse(List.of(mountinfo)), emptyDev);
  }

  /** A factory that only reads what a test's configuration names. */
  static SpecFactory factory(@Nullable Path emptyDev) {
    return factory(host(), emptyDev == null ? Path.of("/nonexistent") : emptyDev);
  }
}
