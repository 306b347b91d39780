package dev.carafe.agent.container;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import dev.carafe.runtime.rdt.Ownership;
import dev.carafe.runtime.rdt.OwnershipStore;
import dev.carafe.runtime.rdt.RdtAssignment;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.RdtManager;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.spec.IntelRdt;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The class of service of containers: which one a pod's annotations ask for, and the groups that
 * its processes join. Thread-safe.
 */
public final class RdtPlacement {
  private static final Logger LOG = LogManager.getLogger(RdtPlacement.class);

  private final CarafeConfig.Rdt config;
  private final RdtConfig classes;
  private final OwnershipStore store;

  private RdtPlacement(CarafeConfig.Rdt config, RdtConfig classes, OwnershipStore store) {
    this.config = requireNonNull(config, "config is null");
    this.classes = requireNonNull(classes, "classes is null");
    this.store = requireNonNull(store, "store is null");
  }

  /**
   * Placement by a configuration, whose classes are brought into resctrl.
   *
   * @param ownership the folder of the records that say which groups are a container's; exists
   * @param groups the file that says which groups are the configuration's; in the state directory
   * @throws IOException for a wrong {@code rdt.config_file}
   */
  public static RdtPlacement of(CarafeConfig.Rdt config, Path ownership, Path groups)
      throws IOException {
    return new RdtPlacement(
        config,
        RdtSetup.apply(config, ownership, groups),
        new DirectoryOwnershipStore(ownership, DurableFile::replace));
  }

  /**
   * What the annotations ask for, else the default class of the pod's quality of service; null when
   * there is none or the node has no RDT and that is tolerated.
   *
   * @throws Failure of kind INVALID for a class that does not exist or that the configuration
   *     denies to annotations, WRONG_STATE when the node has no RDT and must
   */
  @Nullable IntelRdt choose(PodRecord pod, ContainerConfig container) {
    RdtClasses.Choice choice =
        RdtClasses.choose(
            container.getAnnotationsMap(),
            pod.config().getAnnotationsMap(),
            container.getMetadata().getName());
    boolean asked = choice != null;
    if (choice == null) {
      choice = RdtDefaults.choose(classes, pod.config().getLinux().getCgroupParent());
    }
    if (choice == null) {
      return null;
    }
    RdtDefaults.refuseDenied(classes, choice);
    if (!asked && !Resctrl.present(config.resctrlRoot())) {
      return null;
    }
    if (!Resctrl.present(config.resctrlRoot())) {
      return missing(choice);
    }
    RdtClasses groups =
        new RdtClasses(Resctrl.open(config.resctrlRoot()), RdtClasses.DEFAULT_PREFIX);
    try {
      return IntelRdt.ofClass(groups.closId(choice));
    } catch (RdtException refused) {
      throw Failure.invalid(String.valueOf(refused.getMessage()), refused);
    }
  }

  /**
   * The files that a container's processes write themselves into; its groups are made if need be.
   */
  List<Path> assign(@Nullable IntelRdt rdt, String containerId) {
    return rdt == null ? List.of() : manager().assign(rdt, containerId).tasksFiles();
  }

  /** The same files for a process that joins a running container. */
  List<Path> tasks(String containerId) {
    if (store.find(containerId) == null) {
      return List.of();
    }
    RdtAssignment assignment = manager().find(containerId);
    return assignment == null ? List.of() : assignment.tasksFiles();
  }

  /** Takes away what was made for a container. */
  void release(String containerId) {
    try {
      if (store.find(containerId) != null) {
        manager().release(containerId);
      }
    } catch (RdtException failure) {
      LOG.error("cannot release the RDT groups of container {}", containerId, failure);
    }
  }

  /** The container's groups for verbose information; null when it has none. */
  public @Nullable JsonNode describe(String containerId, ObjectMapper json) {
    Ownership record = store.find(containerId);
    if (record == null) {
      return null;
    }
    ObjectNode node = json.createObjectNode();
    node.put("closID", record.controlGroup());
    tasks(containerId).forEach(file -> node.withArray("tasks").add(file.toString()));
    return node;
  }

  private @Nullable IntelRdt missing(RdtClasses.Choice choice) {
    String sentence =
        "RDT class \"%s\" is asked for by annotation %s, and there is no resctrl file system at %s"
            .formatted(choice.name(), choice.key(), config.resctrlRoot());
    if (config.whenMissing() == WhenMissing.REQUIRE) {
      throw Failure.wrongState(sentence + "; mount it, or set rdt.when_missing = \"tolerate\"");
    }
    LOG.warn("{}; the container runs without a class", sentence);
    return null;
  }

  private RdtManager manager() {
    return new RdtManager(config.resctrlRoot(), store);
  }
}
