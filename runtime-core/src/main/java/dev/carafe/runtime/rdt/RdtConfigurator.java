package dev.carafe.runtime.rdt;

import dev.carafe.runtime.rdt.RdtException.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Brings the control groups of a configuration into resctrl, whole or not at all. It touches groups
 * that its record calls its own, and the root group if the configuration names it, and no others.
 * Running containers stay in their groups, which get the new schemata. Thread-safe.
 */
public final class RdtConfigurator {
  private static final String ROOT_GROUP = "/";
  private static final String ROOT_CLASS = "system/default";

  private final ReentrantLock lock = new ReentrantLock();
  private final Resctrl resctrl;
  private final ConfiguredGroups record;
  private final OwnershipStore containers;
  private final String prefix;

  /**
   * A configurator.
   *
   * @param record which groups are ours
   * @param containers whose groups are in use
   * @param prefix of the groups' names; {@link RdtClasses#DEFAULT_PREFIX}
   */
  public RdtConfigurator(
      Resctrl resctrl, ConfiguredGroups record, OwnershipStore containers, String prefix) {
    this.resctrl = Objects.requireNonNull(resctrl, "resctrl");
    this.record = Objects.requireNonNull(record, "record");
    this.containers = Objects.requireNonNull(containers, "containers");
    this.prefix = Objects.requireNonNull(prefix, "prefix");
  }

  /**
   * What an application changed.
   *
   * @param made names of new groups
   * @param removed names of groups that the configuration no longer has
   */
  public record Changes(List<String> made, List<String> removed) {
    public Changes {
      made = List.copyOf(made);
      removed = List.copyOf(removed);
    }
  }

  /**
   * Makes missing groups, writes the schemata of all, and removes groups of ours that are no longer
   * wanted. Before the first change it refuses what can be foreseen; when the kernel refuses a
   * change, all earlier ones are taken back.
   *
   * @param classes schemata by class name; {@code system/default} is the root group, which is left
   *     or put back as it was before when it is not among them
   * @param besides schemata by group name of groups that belong to containers and change with the
   *     configuration; those that are not there are left out
   * @throws RdtException IN_USE when a group that would go has tasks, a container or a monitoring
   *     group; MISMATCH when a group of a wanted name is not ours and says something else;
   *     EXHAUSTED or KERNEL with the kernel's words
   */
  public Changes apply(Map<String, Schemata> classes, Map<String, Schemata> besides) {
    lock.lock();
    try {
      return apply(classes, besides, record.read());
    } finally {
      lock.unlock();
    }
  }

  private Changes apply(
      Map<String, Schemata> classes, Map<String, Schemata> besides, ConfiguredGroups.State before) {
    Map<String, Schemata> wanted = groups(classes, before);
    Set<String> present = new TreeSet<>(resctrl.classes());
    Set<String> foreign = foreign(wanted, present, before);
    wanted.keySet().removeAll(foreign);
    Set<String> stale = new TreeSet<>(before.groups());
    stale.retainAll(present);
    stale.removeAll(wanted.keySet());
    stale.forEach(this::refuseInUse);
    Set<String> missing = new TreeSet<>(wanted.keySet());
    missing.removeAll(present);
    missing.remove(ROOT_GROUP);

    Set<String> ours = new TreeSet<>(wanted.keySet());
    ours.remove(ROOT_GROUP);
    Set<String> union = new TreeSet<>(before.groups());
    union.addAll(ours);
    List<String> rootBefore = rootBefore(classes, before);
    // The record precedes the groups: whatever moment the process ends, they are known as ours.
    record.write(new ConfiguredGroups.State(union, rootBefore));
    besides.forEach((group, schemata) -> {
      if (present.contains(group)) {
        wanted.putIfAbsent(group, schemata);
      }
    });
    change(wanted, stale, missing, before);
    boolean rootOurs = classes.containsKey(ROOT_CLASS);
    record.write(new ConfiguredGroups.State(ours, rootOurs ? rootBefore : null));
    return new Changes(List.copyOf(missing), List.copyOf(stale));
  }

  /** Whether an earlier configuration left something to be taken back. */
  public boolean hasGroups() {
    return !record.read().equals(ConfiguredGroups.State.NONE);
  }

  private Map<String, Schemata> groups(
      Map<String, Schemata> classes, ConfiguredGroups.State before) {
    Map<String, Schemata> wanted = new TreeMap<>();
    classes.forEach((name, schemata) -> {
      String group = name.equals(ROOT_CLASS) ? ROOT_GROUP : prefix + name;
      resctrl.group(group);
      wanted.put(group, schemata);
    });
    List<String> rootBefore = before.rootBefore();
    if (rootBefore != null) {
      wanted.putIfAbsent(ROOT_GROUP, Schemata.parse(rootBefore));
    }
    return wanted;
  }

  private @Nullable List<String> rootBefore(
      Map<String, Schemata> classes, ConfiguredGroups.State before) {
    if (before.rootBefore() != null || !classes.containsKey(ROOT_CLASS)) {
      return before.rootBefore();
    }
    return resctrl.schemata(resctrl.root()).lines();
  }

  /** Groups of a wanted name that somebody else made: fine as long as they say the same. */
  private Set<String> foreign(
      Map<String, Schemata> wanted, Set<String> present, ConfiguredGroups.State before) {
    Set<String> foreign = new TreeSet<>(wanted.keySet());
    foreign.retainAll(present);
    foreign.removeAll(before.groups());
    ResctrlInfo.Bandwidth bandwidth = resctrl.info().bandwidth();
    long step = bandwidth == null ? 1 : Math.max(1, bandwidth.granularity());
    for (String group : foreign) {
      String difference =
          resctrl
              .schemata(resctrl.group(group))
              .difference(Objects.requireNonNull(wanted.get(group)), step);
      if (difference != null) {
        throw new RdtException(
            Kind.MISMATCH,
            "the group "
                + resctrl.group(group)
                + " is not Carafe's by its record and has other schemata than the configuration: "
                + difference
                + "; remove the group, or name the class otherwise");
      }
    }
    return foreign;
  }

  private void refuseInUse(String group) {
    List<String> users = new ArrayList<>();
    for (Ownership container : containers.all()) {
      if (container.controlGroup().equals(group)) {
        users.add("container " + container.containerId());
      }
    }
    resctrl.tasks(group).forEach(task -> users.add("task " + task));
    resctrl.monitoringGroups(group).forEach(name -> users.add("monitoring group " + name));
    if (!users.isEmpty()) {
      throw new RdtException(
          Kind.IN_USE,
          "the configuration no longer has the class of the group "
              + resctrl.group(group)
              + ", which is in use by "
              + String.join(", ", users.subList(0, Math.min(5, users.size())))
              + (users.size() > 5 ? " and " + (users.size() - 5) + " more" : "")
              + "; the earlier configuration stays in force");
    }
  }

  private void change(
      Map<String, Schemata> wanted,
      Set<String> stale,
      Set<String> missing,
      ConfiguredGroups.State before) {
    Map<String, Schemata> earlier = new HashMap<>();
    for (String group : wanted.keySet()) {
      if (!missing.contains(group)) {
        earlier.put(group, resctrl.schemata(resctrl.group(group)));
      }
    }
    stale.forEach(group -> earlier.put(group, resctrl.schemata(resctrl.group(group))));
    Deque<Runnable> undo = new ArrayDeque<>();
    try {
      // Unused groups go first, for their CLOSIDs may be needed.
      for (String group : stale) {
        undo.push(() -> restore(group, earlier));
        resctrl.remove(resctrl.group(group));
      }
      for (String group : missing) {
        if (resctrl.make(resctrl.group(group))) {
          undo.push(() -> resctrl.remove(resctrl.group(group)));
        }
      }
      wanted.forEach((group, schemata) -> {
        if (!missing.contains(group)) {
          undo.push(() -> restore(group, earlier));
        }
        write(group, schemata);
      });
    } catch (RdtException refused) {
      takeBack(undo, refused);
      record.write(before);
      throw refused;
    }
  }

  private void restore(String group, Map<String, Schemata> earlier) {
    resctrl.make(resctrl.group(group));
    write(group, Objects.requireNonNull(earlier.get(group)));
  }

  private void write(String group, Schemata schemata) {
    List<String> lines = schemata.lines();
    if (!lines.isEmpty()) {
      resctrl.writeSchemata(resctrl.group(group), lines);
    }
  }

  /** Newest first; one that fails doesn't keep the others from being taken back. */
  private static void takeBack(Deque<Runnable> undo, RdtException reason) {
    for (Runnable step : undo) {
      try {
        step.run();
      } catch (RdtException e) {
        reason.addSuppressed(e);
      }
    }
  }
}
