package dev.carafe.agent.rdt;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.config.CarafeConfig.WhenMissing;
import dev.carafe.agent.config.ConfigException;
import dev.carafe.agent.event.NodeEvent;
import dev.carafe.agent.event.NodeEvent.Level;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.failure.Failure;
import dev.carafe.agent.pod.PodRecord;
import dev.carafe.cri.v1.ContainerConfig;
import dev.carafe.cri.v1.PodSandboxMetadata;
import dev.carafe.runtime.rdt.DirectoryOwnershipStore;
import dev.carafe.runtime.rdt.Ownership;
import dev.carafe.runtime.rdt.OwnershipStore;
import dev.carafe.runtime.rdt.RdtAssignment;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.RdtException;
import dev.carafe.runtime.rdt.RdtManager;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.Schemata;
import dev.carafe.runtime.rdt.config.RdtConfig;
import dev.carafe.runtime.rdt.config.RdtConfigException;
import dev.carafe.runtime.spec.IntelRdt;
import dev.carafe.runtime.state.DurableFile;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The class of service of containers: which one a pod's annotations ask for, reserved when a
 * container is created, and the groups that its processes join. Thread-safe.
 */
public final class RdtPlacement {
  private static final Logger LOG = LogManager.getLogger(RdtPlacement.class);

  private final RdtInForce inForce;
  private final OwnershipStore store;
  private final RdtManager manager;
  private final NodeEvents events;

  /** Held while private classes are counted. */
  private final ReentrantLock counting = new ReentrantLock();

  private RdtPlacement(
      RdtInForce inForce, OwnershipStore store, RdtManager manager, NodeEvents events) {
    this.inForce = requireNonNull(inForce, "inForce is null");
    this.store = requireNonNull(store, "store is null");
    this.manager = requireNonNull(manager, "manager is null");
    this.events = requireNonNull(events, "events is null");
  }

  /**
   * Placement by a configuration, whose classes are brought into resctrl; if they can't, an event
   * says why.
   *
   * @param ownership the folder of the records that say which groups are a container's; exists
   * @param groups the file that says which groups are the configuration's; in the state directory
   * @param events hears of refusals
   */
  public static RdtPlacement of(
      CarafeConfig.Rdt config, Path ownership, Path groups, NodeEvents events) {
    OwnershipStore store = new DirectoryOwnershipStore(ownership, DurableFile::replace);
    ResctrlMount.ensure(config, Path.of("/proc/filesystems"));
    RdtInForce inForce = new RdtInForce(config, store, groups);
    String problem = inForce.state().problem();
    if (problem != null) {
      events.publish(
          Level.WARNING,
          "RdtConfigurationNotInForce",
          "the RDT classes are not in force: " + problem,
          null);
    }
    return new RdtPlacement(inForce, store, new RdtManager(config.resctrlRoot(), store), events);
  }

  /**
   * Brings a new configuration into force, whole; containers keep their classes.
   *
   * @throws ConfigException when it can't be; all is as it was then
   */
  public void reload(CarafeConfig.Rdt config) throws ConfigException {
    try {
      inForce.reload(config);
    } catch (RdtInForce.RefusedException refused) {
      throw new ConfigException(String.valueOf(refused.getMessage()));
    }
  }

  /**
   * Decides on the class of a container and holds it for it, from its creation on: what the
   * annotations ask for, else the default class of the pod's quality of service. Null when there is
   * none, or when it can't be had and that is tolerated.
   *
   * @throws Failure of kind INVALID for a class that does not exist, that the configuration denies
   *     to annotations, or that is asked for with wrong values; EXHAUSTED when there are too many
   *     private classes; WRONG_STATE when the node has no RDT and must
   */
  public @Nullable IntelRdt reserve(PodRecord pod, ContainerConfig container, String id) {
    try {
      return inForce.reading(state -> reserve(state, pod, container, id));
    } catch (Failure refused) {
      events.publish(
          Level.WARNING,
          "RdtClassRefused",
          String.valueOf(refused.getMessage()),
          name(pod, container));
      throw refused;
    }
  }

  private @Nullable IntelRdt reserve(
      RdtInForce.State state, PodRecord pod, ContainerConfig container, String id) {
    Map<String, String> annotations = pod.config().getAnnotationsMap();
    String name = container.getMetadata().getName();
    RdtClasses.Choice choice = RdtClasses.choose(container.getAnnotationsMap(), annotations, name);
    PrivateClass own = PrivateClass.asked(annotations, pod.id(), name, id);
    if (own != null && choice != null) {
      throw Failure.invalid(
          "annotation %s asks for RDT class \"%s\" and %s for a private one: expected one of them"
              .formatted(choice.key(), choice.name(), own.source()));
    }
    if (own != null) {
      return state.available()
          ? reserve(state, own, id)
          : missing(state, pod, container, own.source(), "a private RDT class");
    }
    if (choice != null) {
      String what = "RDT class \"" + choice.name() + "\"";
      if (!state.available()) {
        return missing(state, pod, container, choice.key(), what);
      }
      RdtClasses groups = groups(state);
      ClassChoice.refuseDenied(state.classes(), choice, groups.names());
      boolean lost =
          state.problem() != null && state.classes().classes().containsKey(choice.name());
      try {
        return reserve(groups, choice, id);
      } catch (RdtException unknown) {
        if (lost) {
          return missing(state, pod, container, choice.key(), what);
        }
        throw Failure.invalid(String.valueOf(unknown.getMessage()), unknown);
      }
    }
    RdtClasses.Choice byDefault =
        ClassChoice.byDefault(state.classes(), pod.config().getLinux().getCgroupParent());
    // Nobody asked for it, so that nobody is refused when there is none.
    return byDefault == null || !state.available() || state.problem() != null
        ? null
        : reserve(groups(state), byDefault, id);
  }

  private static RdtClasses groups(RdtInForce.State state) {
    return new RdtClasses(Resctrl.open(state.config().resctrlRoot()), RdtClasses.DEFAULT_PREFIX);
  }

  private IntelRdt reserve(RdtClasses groups, RdtClasses.Choice choice, String id) {
    String group = groups.closId(choice);
    String name = choice.name().isEmpty() ? RdtConfig.ROOT_CLASS : choice.name();
    store.put(
        new Ownership(
            id, group, false, null, false, new Ownership.Origin(name, choice.key(), Map.of())));
    return IntelRdt.ofClass(group);
  }

  private IntelRdt reserve(RdtInForce.State state, PrivateClass own, String id) {
    Schemata schemata = plan(state, own);
    counting.lock();
    try {
      Set<String> groups = new HashSet<>();
      for (Ownership record : store.all()) {
        PrivateClass other = PrivateClass.of(record);
        if (other != null) {
          groups.add(other.group());
        }
      }
      int max = requireNonNull(state.classes().privateClasses(), "allowed").max();
      if (!groups.contains(own.group()) && groups.size() >= max) {
        throw Failure.exhausted(
            "a private RDT class is asked for by %s, and there are %d of at most %d (carafe.privateClasses.max); remove pods that have one, or ask for a class of the configuration: %s"
                .formatted(own.source(), groups.size(), max, groups(state).names()),
            null);
      }
      store.put(new Ownership(id, own.group(), true, null, false, own.origin()));
    } finally {
      counting.unlock();
    }
    return intelRdt(own, schemata);
  }

  private static Schemata plan(RdtInForce.State state, PrivateClass own) {
    try {
      return own.plan(state.classes(), state.hardware());
    } catch (RdtConfigException wrong) {
      throw Failure.invalid(
          "a private RDT class is asked for by %s, and can't be: %s; classes of the configuration are %s"
              .formatted(own.source(), wrong.getMessage(), groups(state).names()),
          wrong);
    }
  }

  private static IntelRdt intelRdt(PrivateClass own, Schemata schemata) {
    return new IntelRdt(own.group(), schemata.lines(), null, null, false, false, false);
  }

  private @Nullable IntelRdt missing(
      RdtInForce.State state,
      PodRecord pod,
      ContainerConfig container,
      String source,
      String what) {
    String why =
        state.available()
            ? "the RDT configuration is not in force (" + state.problem() + ")"
            : "there is no resctrl file system at " + state.config().resctrlRoot();
    String classes = state.available() ? String.valueOf(groups(state).names()) : "none";
    String sentence =
        "%s is asked for by annotation %s, and %s; classes there are: %s"
            .formatted(what, source, why, classes);
    if (state.config().whenMissing() == WhenMissing.REQUIRE) {
      throw Failure.wrongState(sentence + "; mend that, or set rdt.when_missing = \"tolerate\"");
    }
    events.publish(
        Level.WARNING,
        "RdtClassMissing",
        sentence + "; the container runs without a class",
        name(pod, container));
    return null;
  }

  private static NodeEvent.PodName name(PodRecord pod, ContainerConfig container) {
    PodSandboxMetadata metadata = pod.config().getMetadata();
    return new NodeEvent.PodName(
        metadata.getNamespace(),
        metadata.getName(),
        metadata.getUid(),
        container.getMetadata().getName());
  }

  /**
   * The files that a container's processes write themselves into; its groups are made if need be.
   *
   * @throws Failure of kind EXHAUSTED when the hardware has no class left, else as the kernel says
   */
  public List<Path> assign(
      @Nullable IntelRdt rdt, PodRecord pod, ContainerConfig container, String containerId) {
    if (rdt == null) {
      return List.of();
    }
    try {
      return inForce.reading(state -> {
        // Only a private class has schemata of its own; the others are spared a read of their
        // record.
        Ownership record = rdt.schemata().isEmpty() ? null : store.find(containerId);
        PrivateClass own = record == null ? null : PrivateClass.of(record);
        // The partition may have moved since the container was created.
        IntelRdt now = own == null ? rdt : intelRdt(own, plan(state, own));
        return manager.assign(now, containerId).tasksFiles();
      });
    } catch (RdtException refused) {
      String message = String.valueOf(refused.getMessage());
      events.publish(Level.WARNING, "RdtClassRefused", message, name(pod, container));
      throw switch (refused.kind()) {
        case EXHAUSTED -> Failure.exhausted(message, refused);
        case INVALID, NO_CLASS, MISMATCH -> Failure.invalid(message, refused);
        case UNAVAILABLE, IN_USE -> Failure.wrongState(message);
        case KERNEL -> Failure.internal(message, refused);
      };
    }
  }

  /** The same files for a process that joins a running container. */
  public List<Path> tasks(String containerId) {
    RdtAssignment assignment = manager.find(containerId);
    return assignment == null ? List.of() : assignment.tasksFiles();
  }

  /** Takes away what was made for a container. */
  public void release(String containerId) {
    try {
      manager.release(containerId);
    } catch (RdtException failure) {
      LOG.error("cannot release the RDT groups of container {}", containerId, failure);
    }
  }

  /** Takes away what an earlier agent left for containers that need it no more. */
  public void sweep(Predicate<String> needed) {
    for (Ownership record : store.all()) {
      if (!needed.test(record.containerId())) {
        LOG.info("container {} is gone or has ended; its RDT class is released", record);
        release(record.containerId());
      }
    }
  }

  /** Who has what, for people. */
  public RdtView view() {
    return new RdtView(inForce.state(), store);
  }
}
