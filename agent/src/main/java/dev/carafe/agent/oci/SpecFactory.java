package dev.carafe.agent.oci;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.failure.Failure;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.LinuxContainerSecurityContext;
import dev.carafe.runtime.spec.Device;
import dev.carafe.runtime.spec.Linux;
import dev.carafe.runtime.spec.LinuxResources.DeviceRule;
import dev.carafe.runtime.spec.Process;
import dev.carafe.runtime.spec.Root;
import dev.carafe.runtime.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Turns a container's configuration into what runs. Thread-safe. */
public final class SpecFactory {
  /** Root path of every specification, relative to a bundle. */
  static final String ROOTFS = "rootfs";

  private final HostFacts host;
  private final VolumeMounts volumes;

  /** A factory for this node. */
  public SpecFactory(HostFacts host) {
    this(host, MountTable::read);
  }

  SpecFactory(HostFacts host, Supplier<MountTable> hostMounts) {
    this.host = requireNonNull(host, "host");
    this.volumes = new VolumeMounts(hostMounts);
  }

  /**
   * Describes a container.
   *
   * @throws Failure INVALID or UNIMPLEMENTED, naming the field
   */
  public ContainerPlan create(ContainerRequest request) {
    LinuxContainerSecurityContext security = request.security();
    PodContext pod = request.pod();
    if (security.getPrivileged() && !pod.config().getLinux().getSecurityContext().getPrivileged()) {
      throw Failure.invalid(
          "linux.security_context.privileged: true in pod %s, which is not privileged; set it in the sandbox too"
              .formatted(pod.id()));
    }
    LayerFiles files = new LayerFiles(request.image().lowers());
    EffectiveUser user = Users.resolve(security, request.image(), new UserDatabase(files::read));
    Process process = process(request, user);
    Spec spec =
        new Spec(
            Spec.VERSION,
            process,
            new Root(ROOTFS, security.getReadonlyRootfs()),
            null,
            null,
            Mounts.of(
                pod,
                new Mounts.ContainerFlags(security.getPrivileged(), security.getReadonlyRootfs()),
                volumes.of(request.config().getMountsList())),
            null,
            annotations(request),
            linux(request));
    return new ContainerPlan(
        spec,
        user,
        StopSignal.choose(request.config().getStopSignal(), request.image()),
        SecurityProfiles.seccomp(security),
        SecurityProfiles.appArmor(security, host.appArmor()),
        security.getPrivileged());
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

  private Process process(ContainerRequest request, EffectiveUser user) {
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
        Invocation.env(config, request.image(), hostname, user.home()),
        Invocation.cwd(config, request.image()),
        CapabilitySets.of(security, host.boundingCapabilities()),
        List.of(),
        security.getNoNewPrivs(),
        null,
        (int) config.getLinux().getResources().getOomScoreAdj(),
        null,
        null,
        null,
        null);
  }

  private Linux linux(ContainerRequest request) {
    LinuxContainerSecurityContext security = request.security();
    PodContext pod = request.pod();
    boolean ownUser = pod.userns() != null;
    return new Linux(
        ownUser ? VolumeMounts.mappings("uids", pod.userNamespace().getUidsList()) : List.of(),
        ownUser ? VolumeMounts.mappings("gids", pod.userNamespace().getGidsList()) : List.of(),
        Map.of(),
        Resources.toOci(request.config().getLinux().getResources(), deviceRules(security), host),
        request.cgroupsPath(),
        Namespaces.of(request, host),
        List.of(),
        Map.of(),
        null,
        null,
        security.getPrivileged() ? List.of() : security.getMaskedPathsList(),
        security.getPrivileged() ? List.of() : security.getReadonlyPathsList(),
        null,
        null,
        null,
        null,
        Map.of());
  }

  private static List<DeviceRule> deviceRules(LinuxContainerSecurityContext security) {
    return List.of(new DeviceRule(security.getPrivileged(), Device.Type.ALL, null, null, "rwm"));
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
