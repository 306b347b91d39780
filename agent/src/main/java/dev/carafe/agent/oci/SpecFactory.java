package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.runtime.lsm.AppArmor;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.Mount;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Root;
import dev.carafe.runtime.spec.Spec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns a container's configuration into what runs. Thread-safe. */
public final class SpecFactory {
  /** Root path of every specification, relative to a bundle. */
  static final String ROOTFS = "rootfs";

  private final HostFacts host;
  private final AppArmorProfiles appArmor;
  private final VolumeMounts volumes;
  private final Path dev;

  /**
   * A factory for this node.
   *
   * @param appArmor its loaded profiles
   */
  public SpecFactory(HostFacts host, AppArmor appArmor) {
    this(host, appArmor, MountTable::read, Path.of("/dev"));
  }

  SpecFactory(HostFacts host, AppArmor appArmor, Supplier<MountTable> hostMounts, Path dev) {
    this.host = requireNonNull(host, "host");
    this.appArmor = new AppArmorProfiles(appArmor);
    this.dev = requireNonNull(dev, "dev");
    this.volumes = new VolumeMounts(hostMounts);
  }

  /**
   * Describes a container.
   *
   * @throws Failure INVALID or UNIMPLEMENTED, naming the field
   */
  public ContainerPlan create(ContainerRequest request) {
    LinuxContainerSecurityContext security = request.security();
    refuse(request);
    LayerFiles files = new LayerFiles(request.image().lowers());
    EffectiveUser user =
        CdiDevices.user(
            Users.resolve(security, request.image(), new UserDatabase(files::read)), request.cdi());
    SeLinuxLabels labels = SeLinuxLabels.of(request.pod(), security, host.seLinux());
    labelShared(request.pod());
    StopSignal stopSignal = StopSignal.choose(request.config().getStopSignal(), request.image());
    SeccompChoice seccomp = SecurityProfiles.seccomp(security);
    String profile =
        appArmor.name(
            SecurityProfiles.appArmor(security, host.appArmor()),
            SecurityProfiles.asksForAppArmor(security));
    List<Mount> mounts =
        Mounts.of(
            request.pod(),
            new Mounts.ContainerFlags(security.getPrivileged(), security.getReadonlyRootfs()),
            CdiDevices.mounts(
                volumes.of(
                    request.config().getMountsList(),
                    request.imageVolumes(),
                    request.pod().userns() != null,
                    labels.mount()),
                request.cdi()));
    Spec spec =
        new Spec(
            Spec.VERSION,
            process(request, user, labels, profile),
            new Root(ROOTFS, security.getReadonlyRootfs()),
            null,
            null,
            mounts,
            null,
            annotations(request),
            linux(request, user, labels));
    return new ContainerPlan(spec, user, stopSignal, seccomp, security.getPrivileged());
  }

  /** What a container may read of the pod's own files, its domain must be allowed to. */
  private void labelShared(PodContext pod) {
    String label = SeLinuxLabels.shared(pod.id(), pod.config(), host.seLinux());
    if (label == null) {
      return;
    }
    try {
      SeLinuxFiles.label(pod.resolvConf(), label);
      SeLinuxFiles.label(pod.hostname(), label);
    } catch (IOException refused) {
      throw Failure.internal(
          "cannot label the files of pod %s %s: %s"
              .formatted(pod.id(), label, refused.getMessage()),
          refused);
    }
  }

  private static void refuse(ContainerRequest request) {
    PodContext pod = request.pod();
    if (request.security().getPrivileged()
        && !pod.config().getLinux().getSecurityContext().getPrivileged()) {
      throw Failure.invalid(
          "linux.security_context.privileged: true in pod %s, which is not privileged; set it in the sandbox too"
              .formatted(pod.id()));
    }
  }

  /**
   * The process of an exec: the container's own with other arguments.
   *
   * @param container the container's process
   * @param args program and arguments
   * @param tty whether it runs on a terminal
   * @throws Failure INVALID for no arguments
   */
  public static Process exec(Process container, List<String> args, boolean tty) {
    if (args.isEmpty()) {
      throw Failure.invalid("cmd: is empty; expected a program and its arguments");
    }
    List<String> env = new ArrayList<>(container.env());
    if (tty && env.stream().noneMatch(variable -> variable.startsWith("TERM="))) {
      env.add("TERM=" + Invocation.TERM);
    }
    return new Process(
        tty,
        null,
        container.user(),
        args,
        env,
        container.cwd(),
        container.capabilities(),
        container.rlimits(),
        container.noNewPrivileges(),
        container.apparmorProfile(),
        container.oomScoreAdj(),
        container.selinuxLabel(),
        container.scheduler(),
        container.ioPriority(),
        container.execCPUAffinity());
  }

  private Process process(
      ContainerRequest request,
      EffectiveUser user,
      SeLinuxLabels labels,
      @Nullable String appArmorProfile) {
    ContainerConfig config = request.config();
    LinuxContainerSecurityContext security = request.security();
    String podName = request.pod().config().getHostname();
    String hostname =
        request.pod().utsns() == null || podName.isEmpty() ? host.hostname() : podName;
    return new Process(
        config.getTty(),
        null,
        user.toOci(),
        Invocation.args(config, request.image()),
        CdiDevices.env(
            Invocation.env(config, request.image(), hostname, user.home()), request.cdi()),
        Invocation.cwd(config, request.image()),
        CapabilitySets.of(security, host.boundingCapabilities()),
        List.of(),
        security.getNoNewPrivs(),
        appArmorProfile,
        (int) config.getLinux().getResources().getOomScoreAdj(),
        labels.process(),
        null,
        null,
        null);
  }

  private Linux linux(ContainerRequest request, EffectiveUser user, SeLinuxLabels labels) {
    LinuxContainerSecurityContext security = request.security();
    PodContext pod = request.pod();
    DeviceAccess devices = CdiDevices.devices(devices(request), request.cdi(), user);
    boolean ownUser = pod.userns() != null;
    return new Linux(
        ownUser ? VolumeMounts.mappings("uids", pod.userNamespace().getUidsList()) : List.of(),
        ownUser ? VolumeMounts.mappings("gids", pod.userNamespace().getGidsList()) : List.of(),
        Map.of(),
        Resources.toOci(request.config().getLinux().getResources(), devices.rules(), host),
        request.cgroupsPath(),
        Namespaces.of(request, host),
        devices.nodes(),
        Map.of(),
        null,
        null,
        security.getPrivileged() ? List.of() : security.getMaskedPathsList(),
        security.getPrivileged() ? List.of() : security.getReadonlyPathsList(),
        labels.mount(),
        null,
        null,
        null,
        Map.of());
  }

  /** Into a /dev that is a volume no node is made: it belongs to somebody else. */
  private DeviceAccess devices(ContainerRequest request) {
    DeviceAccess devices =
        DeviceAccess.of(
            request.config().getDevicesList(),
            request.security().getPrivileged() && !request.pod().withoutHostDevices(),
            dev);
    boolean foreignDev =
        request.config().getMountsList().stream()
            .anyMatch(m -> Path.of(m.getContainerPath()).normalize().equals(Path.of("/dev")));
    return foreignDev ? new DeviceAccess(List.of(), devices.rules()) : devices;
  }

  /** The keys under which containerd describes a container to those who read its bundle. */
  private static Map<String, String> annotations(ContainerRequest request) {
    PodContext pod = request.pod();
    return new TreeMap<>(
        Map.of(
            "io.kubernetes.cri.container-type", "container",
            "io.kubernetes.cri.container-name", request.config().getMetadata().getName(),
            "io.kubernetes.cri.image-name", request.config().getImage().getImage(),
            "io.kubernetes.cri.sandbox-id", pod.id(),
            "io.kubernetes.cri.sandbox-name", pod.config().getMetadata().getName(),
            "io.kubernetes.cri.sandbox-namespace", pod.config().getMetadata().getNamespace(),
            "io.kubernetes.cri.sandbox-uid", pod.config().getMetadata().getUid()));
  }
}
