package dev.carafe.e2e.demo;

import dev.carafe.cri.v1.Capability;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.cri.v1.SecurityProfile.ProfileType;
import dev.carafe.e2e.client.CriClient;
import dev.carafe.e2e.client.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The demo's pod: {@code pour} counts into its log, {@code serve} answers HTTP.
 *
 * @param workload the sandbox
 * @param pour id of the container that logs
 * @param serve id of the container that serves
 */
record DemoPod(Workload workload, String pour, String serve) {
  static final String IMAGE = "localhost/carafe/demo:latest";
  static final int PORT = 8080;
  static final long MEMORY_BYTES = 64 << 20;
  static final long CPU_QUOTA_US = 50_000;
  static final long CPU_PERIOD_US = 100_000;
  static final long PIDS = 64;
  static final String POUR_LOG = "pour.log";

  private static final String COUNT =
      "i=0; while :; do i=$((i+1)); echo \"cup $i\"; sleep 0.05; done";
  private static final String RDT_ANNOTATION = "rdt.resources.beta.kubernetes.io/pod";

  /** Runs the sandbox. */
  static Workload sandbox(CriClient client, Setting setting, boolean rdt) {
    PodSandboxConfig.Builder config = Workload.pod("demo", setting.logs(), setting.cgroup());
    if (rdt) {
      config.putAnnotations(RDT_ANNOTATION, Cache.CLASS);
    }
    return Workload.run(client, config.build());
  }

  /** Makes and starts both containers. */
  static DemoPod fill(Workload workload) {
    String pour = workload.create(container("pour", List.of("sh", "-c", COUNT)));
    workload.start(pour);
    String serve =
        workload.create(
            container("serve", List.of("httpd", "-f", "-p", Integer.toString(PORT), "-h", "/etc")));
    workload.start(serve);
    return new DemoPod(workload, pour, serve);
  }

  private static ContainerConfig container(String name, List<String> command) {
    ContainerConfig.Builder config = Workload.container(name, IMAGE, command);
    LinuxContainerResources.Builder resources =
        LinuxContainerResources.newBuilder()
            .setMemoryLimitInBytes(MEMORY_BYTES)
            .setCpuPeriod(CPU_PERIOD_US)
            .setCpuQuota(CPU_QUOTA_US)
            .setCpuShares(512);
    if (unified()) {
      resources.putUnified("pids.max", Long.toString(PIDS));
    }
    config
        .getLinuxBuilder()
        .setResources(resources)
        .setSecurityContext(
            LinuxContainerSecurityContext.newBuilder()
                .setNoNewPrivs(true)
                .setNamespaceOptions(NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER))
                .setSeccomp(SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault))
                .setCapabilities(
                    Capability.newBuilder()
                        .addDropCapabilities("ALL")
                        .addAddCapabilities("NET_BIND_SERVICE")));
    return config.build();
  }

  /** Whether the machine has cgroup v2 alone, the one place where CRI can limit pids. */
  static boolean unified() {
    return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
  }
}
