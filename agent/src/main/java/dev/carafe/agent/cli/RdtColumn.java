package dev.carafe.agent.cli;

import dev.carafe.cri.v1.ContainerAttributes;
import dev.carafe.runtime.rdt.RdtClasses;
import java.util.Map;

/** The class that a container's annotations, or its pod's, ask for. */
final class RdtColumn {
  private RdtColumn() {}

  /** Its name; empty when nobody asks. */
  static String of(ContainerAttributes container, Map<String, String> pod) {
    RdtClasses.Choice choice =
        RdtClasses.choose(container.getAnnotationsMap(), pod, container.getMetadata().getName());
    return choice == null ? "" : choice.name();
  }
}
