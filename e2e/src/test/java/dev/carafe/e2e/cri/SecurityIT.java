package dev.carafe.e2e.cri;

import static dev.carafe.e2e.cri.CriNode.assertRefused;
import static dev.carafe.e2e.cri.CriNode.run;
import static dev.carafe.e2e.cri.CriNode.shell;
import static org.assertj.core.api.Assertions.assertThat;

import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.Int64Value;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.cri.v1.UserNamespace;
import dev.carafe.e2e.client.Workload;
import io.grpc.Status.Code;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The security context, as the kernel shows it inside the container. */
class SecurityIT {
  @RegisterExtension static final CriNode NODE = new CriNode();

  /**
   * Bits of chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service,
   * net_raw, sys_chroot, mknod, audit_write, setfcap.
   */
  private static final String DEFAULT_CAPABILITIES = "00000000a80425fb";

  @Test
  void aPlainContainersStatus() throws Exception {
    Map<String, String> status = status(context -> {});
    assertThat(status)
        .containsEntry("Uid", "0 0 0 0")
        .containsEntry("Gid", "0 0 0 0")
        .containsEntry("CapInh", "0000000000000000")
        .containsEntry("CapPrm", DEFAULT_CAPABILITIES)
        .containsEntry("CapEff", DEFAULT_CAPABILITIES)
        .containsEntry("CapBnd", DEFAULT_CAPABILITIES)
        .containsEntry("CapAmb", "0000000000000000")
        .containsEntry("SigBlk", "0000000000000000")
        .containsEntry("SigIgn", "0000000000000000")
        .containsEntry("NoNewPrivs", "0")
        .containsEntry("Seccomp", "0");
  }

  @Test
  void whatIsAskedForIsWhatTheKernelShows() throws Exception {
    assertThat(
            status(context ->
                context
                    .setSeccomp(profile(SecurityProfile.ProfileType.RuntimeDefault, ""))
                    .setNoNewPrivs(true)
                    .setRunAsUser(Int64Value.newBuilder().setValue(1234))
                    .setRunAsGroup(Int64Value.newBuilder().setValue(2345))
                    .addSupplementalGroups(3456)
                    .addSupplementalGroups(4567)))
        .containsEntry("Seccomp", "2")
        .containsEntry("NoNewPrivs", "1")
        .containsEntry("Uid", "1234 1234 1234 1234")
        .containsEntry("Gid", "2345 2345 2345 2345")
        .containsEntry("Groups", "2345 3456 4567")
        .containsEntry("CapEff", "0000000000000000")
        .containsEntry("CapBnd", DEFAULT_CAPABILITIES);
  }

  @Test
  void capabilitiesAreAddedAndDropped() throws Exception {
    assertThat(
            status(context ->
                context
                    .getCapabilitiesBuilder()
                    .addAddCapabilities("NET_ADMIN")
                    .addDropCapabilities("CHOWN")))
        .containsEntry("CapEff", "00000000a80435fa");
    assertThat(status(context -> context.getCapabilitiesBuilder().addDropCapabilities("ALL")))
        .containsEntry("CapEff", "0000000000000000")
        .containsEntry("CapBnd", "0000000000000000");
    Workload pod = NODE.pod();
    ContainerConfig.Builder wrong = shell("c", "true");
    wrong
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getCapabilitiesBuilder()
        .addAddCapabilities("FLY");
    assertRefused(Code.INVALID_ARGUMENT, () -> pod.create(wrong.build()), "FLY");
    pod.remove();
  }

  @Test
  void privilegedHasAllThatTheAgentHasAndSeesDevices() throws Exception {
    PodSandboxConfig.Builder config = NODE.podConfig();
    config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    Workload pod = NODE.pod(config);
    ContainerConfig.Builder container = shell("c", "sleep 1000");
    container.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    String id = run(pod, container);
    String own =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("CapBnd"))
            .findFirst()
            .orElseThrow();
    assertThat(NODE.output(id, "grep CapEff /proc/1/status").replace("Eff", "Bnd")).isEqualTo(own);
    assertThat(NODE.output(id, "grep Seccomp: /proc/1/status")).endsWith("0");
    assertThat(NODE.output(id, "ls /dev | wc -l"))
        .satisfies(n -> assertThat(Integer.parseInt(n)).isGreaterThan(10));
    assertThat(NODE.output(id, "grep ' /proc/sys ' /proc/self/mountinfo | wc -l")).isEqualTo("0");
    pod.remove();
  }

  @Test
  void readOnlyRootMaskedAndReadOnlyPaths() {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setReadonlyRootfs(true)
        .addMaskedPaths("/bin/ls")
        .addMaskedPaths("/srv")
        .addMaskedPaths("/no/such/path")
        .addReadonlyPaths("/dev/shm");
    String id = run(pod, config);
    assertThat(NODE.exec(id, 5, "touch", "/file").getStderr().toStringUtf8()).contains("Read-only");
    assertThat(NODE.output(id, "cat /bin/ls | wc -c")).isEqualTo("0");
    assertThat(NODE.output(id, "echo /srv/*")).isEqualTo("/srv/*");
    assertThat(NODE.exec(id, 5, "touch", "/dev/shm/x").getStderr().toStringUtf8())
        .contains("Read-only");
    pod.remove();
  }

  @Test
  void inAPodWithAUserNamespaceRootIsNobodyOutside() throws Exception {
    PodSandboxConfig.Builder podConfig = NODE.podConfig();
    UserNamespace.Builder user = UserNamespace.newBuilder().setMode(NamespaceMode.POD);
    IDMapping map = IDMapping.newBuilder().setHostId(700_000).setLength(65_536).build();
    user.addUids(map).addGids(map);
    podConfig
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setUsernsOptions(user);
    Workload pod = NODE.pod(podConfig);
    ContainerConfig.Builder config = shell("c", "touch /mine; exec sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setUsernsOptions(user);
    String id = run(pod, config);
    assertThat(NODE.output(id, "cat /proc/self/uid_map").strip().replaceAll(" +", " "))
        .isEqualTo("0 700000 65536");
    assertThat(NODE.output(id, "stat -c %u:%g /bin/busybox /mine /")).isEqualTo("0:0\n0:0\n0:0");
    assertThat(
            Files.getAttribute(Path.of("/proc/" + NODE.pid(id) + "/root/bin/busybox"), "unix:uid"))
        .isEqualTo(700_000);
    assertThat(statusOf("/proc/" + NODE.pid(id) + "/status"))
        .containsEntry("Uid", "700000 700000 700000 700000");
    pod.remove();
  }

  private static Workload podOfOnePidNamespace() {
    PodSandboxConfig.Builder config = NODE.podConfig();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.POD);
    return NODE.pod(config);
  }

  private static ContainerConfig.Builder inPodsPidNamespace() {
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.POD);
    return config;
  }

  @Test
  void theInitOfASharedPidNamespaceLeadsNowhere() {
    Workload pod = podOfOnePidNamespace();
    ContainerConfig.Builder config = inPodsPidNamespace();
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getCapabilitiesBuilder()
        .addAddCapabilities("SYS_PTRACE");
    String id = run(pod, config);
    String other =
        run(
            pod,
            ContainerConfig.newBuilder(config.build())
                .setMetadata(shell("d", "").getMetadata())
                .setLogPath("d.log"));
    assertThat(NODE.output(id, "ls -A /proc/1/root/ 2>/dev/null | wc -l")).isEqualTo("0");
    assertThat(NODE.output(id, "ls -A /proc/1/cwd/ 2>/dev/null | wc -l")).isEqualTo("0");
    assertThat(NODE.output(id, "ls -A /proc/1/fd 2>/dev/null | wc -l")).isEqualTo("0");
    assertThat(NODE.output(id, "pgrep -f 'sleep 100[0]' | wc -l")).isEqualTo("2");
    // Its end takes none of the others with it.
    NODE.stop(other, 0);
    assertThat(NODE.output(id, "pgrep -f 'sleep 100[0]' | wc -l")).isEqualTo("1");
    pod.remove();
  }

  @Test
  void theInitOfASharedPidNamespaceShowsNoHostPath() {
    Workload pod = podOfOnePidNamespace();
    ContainerConfig.Builder config = inPodsPidNamespace();
    String id = run(pod, config);
    assertThat(NODE.output(id, "tr '\\0' ' ' < /proc/1/cmdline"))
        .doesNotContain("/proc/", NODE.node().settings().dir().toString());
    pod.remove();
  }

  @Test
  void aLocalhostSeccompProfile() throws Exception {
    Path file = NODE.node().settings().dir().resolve("no-mkdir.json");
    Files.writeString(
        file,
        """
        {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}
        """);
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setSeccomp(profile(SecurityProfile.ProfileType.Localhost, file.toString()));
    String id = run(pod, config);
    assertThat(NODE.exec(id, 5, "mkdir", "/x").getStderr().toStringUtf8())
        .contains("Function not implemented");
    assertThat(NODE.exec(id, 5, "touch", "/y").getExitCode()).isZero();
    ContainerConfig.Builder missing = shell("d", "sleep 1000");
    missing
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setSeccomp(profile(SecurityProfile.ProfileType.Localhost, "/no/such.json"));
    assertThat(CriNode.refusal(() -> run(pod, missing)).getDescription()).contains("/no/such.json");
    pod.remove();
  }

  @Test
  void theDefaultProfileRefusesWhatItShould() {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setSeccomp(profile(SecurityProfile.ProfileType.RuntimeDefault, ""));
    String id = run(pod, config);
    assertThat(NODE.exec(id, 5, "unshare", "-U", "true").getExitCode()).isNotZero();
    assertThat(NODE.exec(id, 5, "mount", "-t", "tmpfs", "none", "/tmp").getExitCode()).isNotZero();
    pod.remove();
  }

  @Test
  void aMissingProfileOfTheNodeIsRefusedAtCreateByItsName() {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = shell("c", "sleep 1000");
    config
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .setSeccomp(profile(SecurityProfile.ProfileType.Localhost, "/nonexistent/profile.json"));
    assertRefused(
        Code.INVALID_ARGUMENT, () -> pod.create(config.build()), "/nonexistent/profile.json");
    pod.remove();
  }

  @Test
  void sysctlsOfThePod() {
    PodSandboxConfig.Builder config = NODE.podConfig();
    config
        .getLinuxBuilder()
        .putSysctls("net.ipv4.ip_local_port_range", "1024 2048")
        .putSysctls("kernel.shm_rmid_forced", "1");
    Workload pod = NODE.pod(config);
    String id = run(pod, shell("c", "sleep 1000"));
    assertThat(NODE.output(id, "cat /proc/sys/net/ipv4/ip_local_port_range"))
        .isEqualTo("1024\t2048");
    assertThat(NODE.output(id, "cat /proc/sys/kernel/shm_rmid_forced")).isEqualTo("1");
    pod.remove();
    PodSandboxConfig.Builder wrong = NODE.podConfig();
    wrong.getLinuxBuilder().putSysctls("kernel.panic", "1");
    assertRefused(Code.INVALID_ARGUMENT, () -> NODE.pod(wrong), "kernel.panic");
  }

  private static SecurityProfile profile(SecurityProfile.ProfileType type, String path) {
    return SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(path).build();
  }

  /** The status of a container's init with this context. */
  private static Map<String, String> status(Consumer<LinuxContainerSecurityContext.Builder> change)
      throws Exception {
    Workload pod = NODE.pod();
    ContainerConfig.Builder config = CriNode.container("c", "sleep", "1000");
    change.accept(config.getLinuxBuilder().getSecurityContextBuilder());
    String id = run(pod, config);
    Map<String, String> status = statusOf("/proc/" + NODE.pid(id) + "/status");
    pod.remove();
    return status;
  }

  private static Map<String, String> statusOf(String file) throws Exception {
    Map<String, String> status = new TreeMap<>();
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of(file)));
    for (String line : lines) {
      int colon = line.indexOf(':');
      status.put(
          line.substring(0, colon), line.substring(colon + 1).strip().replaceAll("\\s+", " "));
    }
    return status;
  }
}
