package dev.carafe.agent.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.Capability;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.IDMapping;
import dev.carafe.cri.v1.KeyValue;
import dev.carafe.cri.v1.LinuxContainerResources;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.cri.v1.Mount;
import dev.carafe.cri.v1.MountPropagation;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.PodSandboxConfig;
import dev.carafe.cri.v1.SecurityProfile;
import dev.carafe.cri.v1.Signal;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole specifications against golden files, in which TMP stands for the test's directory. */
final class SpecFactoryTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temporary;
  private Path dir;
  private SpecFactory factory;
  private ImageContext image;

  @BeforeEach
  void node() throws IOException {
    dir = temporary.toRealPath();
    Path layer = dir.resolve("layer");
    Files.createDirectories(layer.resolve("etc"));
    Files.writeString(layer.resolve("etc/passwd"), Fixtures.PASSWD);
    Files.writeString(layer.resolve("etc/group"), Fixtures.GROUP);
    Path dev = Files.createDirectories(dir.resolve("dev"));
    factory = Fixtures.factory(Fixtures.host(), dev, "1 0 0:1 / / rw shared:1 - ext4 /dev/sda rw");
    image = Fixtures.image("", List.of(layer));
  }

  private void assertGolden(String name, ContainerPlan plan) throws IOException {
    String actual =
        JSON.writerWithDefaultPrettyPrinter()
            .writeValueAsString(plan.spec())
            .replace(dir.toString(), "TMP");
    Path written = Files.createDirectories(Path.of("target/golden")).resolve(name + ".json");
    Files.writeString(written, actual);
    try (InputStream golden = SpecFactoryTest.class.getResourceAsStream(name + ".json")) {
      assertThat(golden).as("golden file %s.json; this run's is in %s", name, written).isNotNull();
      assertThat(JSON.readTree(actual)).as("see %s", written).isEqualTo(JSON.readTree(golden));
    }
  }

  private ContainerPlan create(PodSandboxConfig pod, ContainerConfig container) {
    return factory.create(Fixtures.request(Fixtures.pod(pod), container, image));
  }

  private ContainerPlan create(ContainerConfig container) {
    return create(Fixtures.podConfig().build(), container);
  }

  /** CRI-O's CVE-2024-3154: systemd would run what a pod's annotation says. */
  @Test
  void noAnnotationOfAPodReachesTheConfiguration() {
    String evil = "org.systemd.property.ExecStopPost";
    PodSandboxConfig pod = Fixtures.podConfig().putAnnotations(evil, "'/evil'").build();
    ContainerConfig container = Fixtures.config().putAnnotations(evil, "'/evil'").build();
    Map<String, String> annotations = create(pod, container).spec().annotations();
    assertThat(annotations.keySet())
        .hasSize(7)
        .allMatch(key -> key.startsWith("io.kubernetes.cri."));

    Map<String, String> copied = new HashMap<>(annotations); // the red twin
    copied.putAll(pod.getAnnotationsMap());
    assertThat(copied).containsKey(evil);
  }

  @Test
  void plain() throws IOException {
    ContainerConfig.Builder config = Fixtures.config();
    config
        .addArgs("--verbose")
        .addEnvs(KeyValue.newBuilder().setKey("LANG").setValue(ByteString.copyFromUtf8("é")))
        .addEnvs(KeyValue.newBuilder().setKey("EMPTY"))
        .getLinuxBuilder()
        .setResources(
            LinuxContainerResources.newBuilder()
                .setCpuShares(512)
                .setCpuQuota(50_000)
                .setCpuPeriod(100_000)
                .setMemoryLimitInBytes(1 << 26)
                .setOomScoreAdj(937))
        .getSecurityContextBuilder()
        .setRunAsUser(dev.carafe.cri.v1.Int64Value.newBuilder().setValue(1000))
        .setNoNewPrivs(true)
        .setReadonlyRootfs(true)
        .addMaskedPaths("/proc/kcore")
        .addReadonlyPaths("/proc/sys")
        .setSeccomp(
            SecurityProfile.newBuilder()
                .setProfileType(SecurityProfile.ProfileType.RuntimeDefault));
    ContainerPlan plan = create(config.build());
    assertGolden("plain", plan);
    assertThat(plan.user())
        .isEqualTo(new EffectiveUser(1000, 1000, List.of(1000L, 50000L), "/home/default-user"));
    assertThat(plan.seccomp()).isEqualTo(new SeccompChoice.RuntimeDefault());
    assertThat(plan.stopSignal()).isEqualTo(StopSignal.SIGTERM);
    assertThat(plan.privileged()).isFalse();
  }

  @Test
  void privileged() throws IOException {
    PodSandboxConfig.Builder pod = Fixtures.podConfig();
    pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    LinuxContainerSecurityContext.Builder security =
        LinuxContainerSecurityContext.newBuilder()
            .setPrivileged(true)
            .addMaskedPaths("/proc/kcore")
            .addReadonlyPaths("/proc/sys")
            .setCapabilities(Capability.newBuilder().addDropCapabilities("ALL"))
            .setSeccomp(
                SecurityProfile.newBuilder()
                    .setProfileType(SecurityProfile.ProfileType.RuntimeDefault));
    ContainerPlan plan =
        create(
            pod.build(),
            Fixtures.config(security).setTty(true).setStopSignal(Signal.SIGNAL_SIGHUP).build());
    assertGolden("privileged", plan);
    assertThat(plan.privileged()).isTrue();
    assertThat(plan.seccomp()).isEqualTo(new SeccompChoice.Unconfined());
    assertThat(plan.stopSignal()).isEqualTo(new StopSignal(Signal.SIGNAL_SIGHUP, 1));
  }

  @Test
  void hostNamespaces() throws IOException {
    PodSandboxConfig.Builder pod = Fixtures.podConfig().setHostname("");
    LinuxContainerSecurityContext.Builder security = LinuxContainerSecurityContext.newBuilder();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setNetwork(NamespaceMode.NODE)
        .setIpc(NamespaceMode.NODE)
        .setPid(NamespaceMode.NODE);
    security.getNamespaceOptionsBuilder().setPid(NamespaceMode.NODE);
    assertGolden("host-namespaces", create(pod.build(), Fixtures.config(security).build()));
  }

  @Test
  void userNamespace() throws IOException {
    IDMapping range = IDMapping.newBuilder().setHostId(200_000).setLength(65_536).build();
    PodSandboxConfig.Builder pod = Fixtures.podConfig().clearHostname();
    pod.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.POD)
        .setNetwork(NamespaceMode.NODE)
        .getUsernsOptionsBuilder()
        .setMode(NamespaceMode.POD)
        .addUids(range)
        .addGids(range);
    LinuxContainerSecurityContext.Builder security = LinuxContainerSecurityContext.newBuilder();
    security.getNamespaceOptionsBuilder().setPid(NamespaceMode.POD);
    Path volume = Files.createDirectories(dir.resolve("volume"));
    ContainerConfig config =
        Fixtures.config(security)
            .addMounts(
                Mount.newBuilder()
                    .setContainerPath("/data")
                    .setHostPath(volume.toString())
                    .addUidMappings(range)
                    .addGidMappings(range))
            .build();
    PodRules.validate(pod.build());
    assertGolden("user-namespace", create(pod.build(), config));
  }

  @Test
  void allMounts() throws IOException {
    Path target = Files.createDirectories(dir.resolve("target"));
    Path link = Files.createSymbolicLink(dir.resolve("link"), target);
    Path file = Files.writeString(dir.resolve("hosts"), "127.0.0.1 localhost\n");
    ContainerConfig config =
        Fixtures.config()
            .addMounts(mount("/data/deep/er", target).setReadonly(true))
            .addMounts(
                mount("/data", link).setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL))
            .addMounts(mount("/etc/hosts", file))
            .addMounts(mount("/etc/resolv.conf", file).setReadonly(true))
            .addMounts(mount("/dev/shm/", target))
            .addMounts(mount("/made", dir.resolve("not/there")))
            .addMounts(mount("/ro", target).setReadonly(true).setRecursiveReadOnly(true))
            .addMounts(
                mount("/slave", target)
                    .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
                    .addMountOptions("noexec")
                    .addMountOptions("nodev")
                    .addMountOptions("noexec"))
            .build();
    assertGolden("all-mounts", create(config));
    assertThat(Files.getPosixFilePermissions(dir.resolve("not/there")))
        .isEqualTo(java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Mount.Builder mount(String inside, Path host) {
    return Mount.newBuilder().setContainerPath(inside).setHostPath(host.toString());
  }

  @Test
  void aPrivilegedContainerNeedsAPrivilegedPod() {
    ContainerConfig config =
        Fixtures.config(LinuxContainerSecurityContext.newBuilder().setPrivileged(true)).build();
    assertThatThrownBy(() -> create(config))
        .isInstanceOfSatisfying(
            Failure.class, f -> assertThat(f.kind()).isEqualTo(Failure.Kind.INVALID))
        .hasMessageContaining("linux.security_context.privileged: true in pod p1");
  }

  @Test
  void nothingIsMadeInADevThatIsAVolume() throws IOException {
    ContainerConfig config =
        Fixtures.config()
            .addMounts(mount("/dev/", dir.resolve("dev")))
            .addDevices(dev.carafe.cri.v1.Device.newBuilder().setHostPath("/dev/null"))
            .build();
    Spec spec = create(config).spec();
    assertThat(spec.linux()).isNotNull();
    assertThat(spec.linux().devices()).isEmpty();
    assertThat(spec.linux().resources()).isNotNull();
    assertThat(spec.linux().resources().devices()).hasSize(2);
    assertThat(spec.mounts())
        .extracting(dev.carafe.runtime.spec.Mount::destination)
        .contains("/dev")
        .doesNotContain("/dev/pts", "/dev/shm", "/dev/mqueue");
  }

  @Test
  void execRunsAsTheContainerDoes() {
    Process container = create(Fixtures.config().build()).spec().process();
    assertThat(container).isNotNull();
    Process exec = SpecFactory.exec(container, List.of("id"), true);
    assertThat(exec.args()).containsExactly("id");
    assertThat(exec.terminal()).isTrue();
    assertThat(exec.env()).containsAll(container.env()).contains("TERM=xterm");
    assertThat(exec.user()).isEqualTo(container.user());
    assertThat(exec.capabilities()).isEqualTo(container.capabilities());
    assertThat(exec.cwd()).isEqualTo(container.cwd());
    assertThat(exec.oomScoreAdj()).isEqualTo(container.oomScoreAdj());
    assertThat(SpecFactory.exec(container, List.of("id"), false).env()).isEqualTo(container.env());
    assertThatThrownBy(() -> SpecFactory.exec(container, List.of(), false))
        .hasMessageContaining("cmd: is empty");
  }
}
