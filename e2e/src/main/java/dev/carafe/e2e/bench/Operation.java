package dev.carafe.e2e.bench;

import java.util.OptionalDouble;

/** What is timed: single calls of the CRI, and the sums that have limits of their own. */
enum Operation {
  RUN_POD("RunPodSandbox"),
  CREATE("CreateContainer"),
  START("StartContainer"),
  CREATE_AND_START("Create + Start", 0.33),
  POD_TO_RUNNING("RunPod + Create + Start", 1.0),
  POD_STATUS("PodSandboxStatus", 1.0),
  CONTAINER_STATUS("ContainerStatus", 1.0),
  EXEC("ExecSync true", 1.0),
  LIST_PODS("ListPodSandbox", 1.0),
  LIST_CONTAINERS("ListContainers", 1.0),
  LIST_CONTAINER_STATS("ListContainerStats", 0.1),
  LIST_POD_STATS("ListPodSandboxStats", 0.1),
  LIST_IMAGES("ListImages", 1.0),
  IMAGE_STATUS("ImageStatus", 1.0),
  STOP("StopContainer", 1.0),
  REMOVE("RemoveContainer", 1.0),
  STOP_POD("StopPodSandbox", 1.0),
  REMOVE_POD("RemovePodSandbox", 1.0),
  PULL("PullImage", 1.0),
  REMOVE_IMAGE("RemoveImage", 1.0);

  private final String label;
  private final OptionalDouble limit;

  Operation(String label) {
    this.label = label;
    this.limit = OptionalDouble.empty();
  }

  Operation(String label, double limit) {
    this.label = label;
    this.limit = OptionalDouble.of(limit);
  }

  String label() {
    return label;
  }

  /** How much of the yardstick's time ours may take; a part of a sum has no limit of its own. */
  OptionalDouble limit() {
    return limit;
  }
}
