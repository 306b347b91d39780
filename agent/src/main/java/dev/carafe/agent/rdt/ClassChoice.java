package dev.carafe.agent.rdt;

import dev.carafe.agent.failure.Failure;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfig.ClassOfService;
import dev.carafe.runtime.rdt.config.RdtConfig.Qos;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the RDT configuration file says about who gets which class. */
final class ClassChoice {
  private ClassChoice() {}

  /**
   * The class of a pod that asks for none. The kubelet puts pods below kubepods, and those that are
   * burstable or best effort in a cgroup of that name (cgroupfs and systemd names alike).
   *
   * @return null when the configuration has no default for it, or it is none of the kubelet's
   */
  static RdtClasses.@Nullable Choice byDefault(RdtConfig config, String cgroupParent) {
    Qos qos = qos(cgroupParent);
    String name = qos == null ? null : config.defaults().get(qos);
    return qos == null || name == null
        ? null
        : new RdtClasses.Choice(
            name,
            RdtClasses.Source.DEFAULT,
            "carafe.defaultClasses." + qos.name().toLowerCase(Locale.ROOT));
  }

  private static @Nullable Qos qos(String cgroupParent) {
    if (!cgroupParent.contains("kubepods")) {
      return null;
    }
    if (cgroupParent.contains("besteffort")) {
      return Qos.BESTEFFORT;
    }
    return cgroupParent.contains("burstable") ? Qos.BURSTABLE : Qos.GUARANTEED;
  }

  /**
   * Refuses a class that the configuration keeps from the annotation that asks for it.
   *
   * @param existing the classes there are
   * @throws Failure of kind INVALID
   */
  static void refuseDenied(RdtConfig config, RdtClasses.Choice choice, List<String> existing) {
    String name = choice.name().isEmpty() ? RdtConfig.ROOT_CLASS : choice.name();
    ClassOfService asked = config.classes().get(name);
    if (asked == null) {
      return;
    }
    boolean denied =
        switch (choice.source()) {
          case CONTAINER -> asked.denyContainerAnnotation();
          case POD, POD_CONTAINER -> asked.denyPodAnnotation();
          case DEFAULT -> false;
        };
    if (denied) {
      throw Failure.invalid(
          "RDT class \"%s\" is not allowed by annotation %s: the RDT configuration denies it (%s.kubernetes); there are %s"
              .formatted(name, choice.key(), asked.where().path(), existing));
    }
  }
}
