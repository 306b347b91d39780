package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.cdi.CdiRegistry;
import dev.carafe.agent.config.RuntimeHandlers;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.image.spec.ImageConfig;
import dev.carafe.agent.image.store.Image;
import dev.carafe.agent.oci.CdiDevices;
import dev.carafe.agent.oci.ContainerPlan;
import dev.carafe.agent.oci.ContainerRequest;
import dev.carafe.agent.oci.ImageContext;
import dev.carafe.agent.oci.ImageVolume;
import dev.carafe.agent.oci.PodContext;
import dev.carafe.agent.oci.SpecFactory;
import dev.carafe.agent.pod.Pod;
import dev.carafe.agent.pod.PodPaths;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.NamespaceMode;
import dev.carafe.cri.v1.NamespaceOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Brings together what a container's specification is made of: pod, image, configuration. */
public final class ContainerSpecs {
  private final SpecFactory factory;
  private final ContainerTable table;
  private final CdiRegistry cdi;
  private final RuntimeHandlers handlers;

  /** Specifications by {@code factory}; a target container is looked up in {@code table}. */
  public ContainerSpecs(
      SpecFactory factory, ContainerTable table, CdiRegistry cdi, RuntimeHandlers handlers) {
    this.factory = requireNonNull(factory, "factory is null");
    this.table = requireNonNull(table, "table is null");
    this.cdi = requireNonNull(cdi, "cdi is null");
    this.handlers = requireNonNull(handlers, "handlers is null");
  }

  /**
   * The specification of a container.
   *
   * @param lowers the image's layers, the uppermost first
   * @param imageVolumes the images that it mounts, by the names that its mounts ask for
   */
  ContainerPlan build(
      Pod pod,
      String id,
      ContainerConfig config,
      Image image,
      List<Path> lowers,
      Map<String, ImageVolume> imageVolumes,
      String cgroupPath) {
    return factory.create(
        new ContainerRequest(
            id,
            podContext(pod),
            config,
            imageContext(image, lowers),
            imageVolumes,
            cdi.resolve(CdiDevices.names(config)),
            cgroupPath,
            targetPid(pod, config)));
  }

  private PodContext podContext(Pod pod) {
    PodRecord record = pod.state().record();
    PodPaths paths = pod.paths();
    return new PodContext(
        pod.id(),
        record.config(),
        paths.resolvConf(),
        paths.hostname(),
        paths.shm(),
        record.hostNetwork() ? null : paths.netns(),
        record.hostIpc() ? null : paths.ipcns(),
        record.hostNetwork() ? null : paths.utsns(),
        record.ownUser() ? paths.userns() : null,
        handlers.get(record.runtimeHandler()).privilegedWithoutHostDevices(),
        pod.state().initPid());
  }

  private static ImageContext imageContext(Image image, List<Path> lowers) {
    ImageConfig config = image.config();
    return new ImageContext(
        image.id().toString(),
        config.user(),
        config.env(),
        config.entrypoint(),
        config.cmd(),
        config.workingDir(),
        config.stopSignal(),
        lowers);
  }

  private int targetPid(Pod pod, ContainerConfig config) {
    NamespaceOption options = config.getLinux().getSecurityContext().getNamespaceOptions();
    if (options.getPid() != NamespaceMode.TARGET) {
      return 0;
    }
    Container target = table.find(options.getTargetId());
    if (target == null || !target.state().record().podId().equals(pod.id())) {
      throw Failure.invalid(
          "linux.security_context.namespace_options.target_id is \"%s\": expected a container of the same pod"
              .formatted(options.getTargetId()));
    }
    int pid = target.state().pid();
    if (pid == 0) {
      throw Failure.wrongState(
          "container %s, whose processes are to be shared, does not run"
              .formatted(options.getTargetId()));
    }
    return pid;
  }
}
