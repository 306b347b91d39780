package dev.carafe.agent.cri;

import dev.carafe.agent.container.ContainerRecord;
import dev.carafe.agent.container.ContainerState;
import dev.carafe.cri.v1.Container;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.ContainerFilter;
import dev.carafe.cri.v1.ContainerResources;
import dev.carafe.cri.v1.ContainerStatus;
import dev.carafe.cri.v1.ImageSpec;

/** Containers as the CRI shows them. */
final class ContainerMapper {
  private ContainerMapper() {}

  /** A container as a list shows it. */
  static Container summary(ContainerState container) {
    ContainerRecord record = container.record();
    ContainerConfig config = record.config();
    return Container.newBuilder()
        .setId(container.id())
        .setPodSandboxId(record.podId())
        .setMetadata(config.getMetadata())
        .setImage(image(config))
        .setImageRef(record.imageId())
        .setImageId(record.imageId())
        .setState(state(container))
        .setCreatedAt(record.createdAt())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .build();
  }

  /**
   * The image as it was asked for, without a handler: all handlers share their images, and a
   * kubelet that compares both (KEP-4216) would take an image with a handler for another than that
   * in the list, and the one in the list for unused.
   */
  private static ImageSpec image(ContainerConfig config) {
    return config.getImage().toBuilder().clearRuntimeHandler().build();
  }

  /** A container in full. */
  static ContainerStatus status(ContainerState container) {
    ContainerRecord record = container.record();
    ContainerConfig config = record.config();
    return ContainerStatus.newBuilder()
        .setId(container.id())
        .setMetadata(config.getMetadata())
        .setState(state(container))
        .setCreatedAt(record.createdAt())
        .setStartedAt(container.startedAt())
        .setFinishedAt(container.exit().finishedAt())
        .setExitCode(container.exit().code())
        .setReason(container.exit().reason())
        .setMessage(container.exit().message())
        .setImage(image(config).toBuilder().setImage(record.imageName()))
        .setImageRef(record.imageRef())
        .setImageId(record.imageId())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .addAllMounts(config.getMountsList())
        .setLogPath(record.logPath())
        .setResources(ContainerResources.newBuilder().setLinux(config.getLinux().getResources()))
        .setUser(record.user().toCri())
        .setStopSignal(record.stopSignal().cri())
        .build();
  }

  /**
   * Whether a container passes a list's filter: id prefix, pod id prefix, state, all the labels.
   */
  static boolean matches(ContainerState container, ContainerFilter filter) {
    return container.id().startsWith(filter.getId())
        && container.record().podId().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == state(container))
        && PodMapper.hasAll(
            container.record().config().getLabelsMap(), filter.getLabelSelectorMap());
  }

  private static dev.carafe.cri.v1.ContainerState state(ContainerState container) {
    return switch (container.phase()) {
      case CREATING, CREATED -> dev.carafe.cri.v1.ContainerState.CONTAINER_CREATED;
      case RUNNING -> dev.carafe.cri.v1.ContainerState.CONTAINER_RUNNING;
      case EXITED -> dev.carafe.cri.v1.ContainerState.CONTAINER_EXITED;
    };
  }
}
