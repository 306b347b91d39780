package dev.carafe.runtime.rdt;

import dev.carafe.runtime.rdt.RdtException.Kind;
import dev.carafe.runtime.spec.IntelRdt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives containers their place in resctrl as {@code linux.intelRdt} asks (runtime-spec 1.3,
 * config-linux.md, IntelRdt), and takes away afterwards only what was made for them. Thread-safe.
 */
public final class RdtManager {
  private static final String MONITORING = "mon_groups";

  /**
   * Two requests for one new class must not see each other half done; groups are few and made
   * seldom.
   */
  private final ReentrantLock lock = new ReentrantLock();

  private final Resctrl resctrl;
  private final OwnershipStore store;

  /** A manager of one resctrl tree. */
  public RdtManager(Resctrl resctrl, OwnershipStore store) {
    this.resctrl = Objects.requireNonNull(resctrl, "resctrl");
    this.store = Objects.requireNonNull(store, "store");
  }

  /**
   * Makes or finds the container's groups. Schemata are in force when this returns, so that no
   * instruction of the container runs in another class. Repeating it after a crash is fine.
   *
   * @throws RdtException NO_CLASS for a class without schema that does not exist, MISMATCH for an
   *     existing class that says something else, EXHAUSTED, INVALID or KERNEL; what was made is
   *     removed then
   */
  public RdtAssignment assign(IntelRdt rdt, String containerId) {
    Request request = request(rdt, containerId);
    lock.lock();
    try {
      Ownership before = store.find(containerId);
      Ownership intent = intent(request, containerId, before);
      // The record precedes the groups: whatever moment the process ends, somebody knows whose they
      // are.
      store.put(intent);
      return make(request, intent, before);
    } finally {
      lock.unlock();
    }
  }

  private record Request(
      boolean named, String name, Path group, Schemata wanted, boolean monitor) {}

  private Request request(IntelRdt rdt, String containerId) {
    resctrl.group(containerId);
    String closId = rdt.closId();
    String name = closId == null ? containerId : closId;
    Path group = resctrl.group(name);
    List<String> lines = lines(rdt);
    Schemata wanted = Schemata.parse(lines);
    refuseMissingResources(wanted);
    if (closId != null && lines.isEmpty() && !Files.isDirectory(group)) {
      throw new RdtException(
          Kind.NO_CLASS,
          "intelRdt.closID '"
              + closId
              + "' without a schema names no existing class of service; there are "
              + resctrl.classes());
    }
    if (rdt.enableMonitoring() && !Files.isDirectory(resctrl.root().resolve(MONITORING))) {
      throw new RdtException(
          Kind.INVALID, "intelRdt.enableMonitoring: this machine has no monitoring groups");
    }
    return new Request(closId != null, name, group, wanted, rdt.enableMonitoring());
  }

  /** A group that is there already belongs to the container only if an earlier record says so. */
  private Ownership intent(Request request, String containerId, @Nullable Ownership before) {
    boolean exists = Files.isDirectory(request.group());
    boolean ownsControl =
        !request.named() && (!exists || (before != null && before.ownsControlGroup()));
    boolean monitored = Files.isDirectory(monitoringDir(request.group(), containerId));
    boolean ownsMonitoring =
        request.monitor() && (!monitored || (before != null && before.ownsMonitoringGroup()));
    String monitoring = request.monitor() ? containerId : null;
    return new Ownership(containerId, request.name(), ownsControl, monitoring, ownsMonitoring);
  }

  private RdtAssignment make(Request request, Ownership intent, @Nullable Ownership before) {
    RdtAssignment place = assignment(intent);
    List<Path> made = new ArrayList<>();
    try {
      if (!Files.isDirectory(request.group()) && resctrl.make(request.group())) {
        made.add(request.group());
      }
      fill(request, !made.isEmpty(), intent.ownsControlGroup());
      Path monitoring = place.monitoringGroup();
      if (monitoring != null && resctrl.make(monitoring)) {
        made.add(monitoring);
      }
      return place;
    } catch (RdtException e) {
      undo(made, intent.containerId(), before, e);
      throw e;
    }
  }

  private void fill(Request request, boolean made, boolean owned) {
    if (!Resctrl.isGroup(request.group())) {
      throw new RdtException(
          Kind.INVALID, request.group() + " exists and is not a class of service");
    }
    if (request.wanted().resources().isEmpty()) {
      return;
    }
    String difference = made ? "new" : difference(request);
    if (difference == null) {
      return;
    }
    // A group of the container's own, found again after a crash, may lack what was to be written.
    if (made || owned) {
      resctrl.writeSchemata(request.group(), request.wanted().lines());
      return;
    }
    throw new RdtException(
        Kind.MISMATCH,
        "the class of service '"
            + request.name()
            + "' exists with other schemata: "
            + difference
            + "; use its values, leave the schemata out, or choose another closID");
  }

  private @Nullable String difference(Request request) {
    ResctrlInfo.Bandwidth bandwidth = resctrl.info().bandwidth();
    long step = bandwidth == null ? 1 : Math.max(1, bandwidth.granularity());
    return resctrl.schemata(request.group()).difference(request.wanted(), step);
  }

  /** Takes back what this call made, newest first, and nothing else. */
  private void undo(
      List<Path> made, String containerId, @Nullable Ownership before, RdtException reason) {
    try {
      made.reversed().forEach(resctrl::remove);
      if (before == null) {
        store.remove(containerId);
      } else {
        store.put(before);
      }
    } catch (RdtException e) {
      reason.addSuppressed(e);
    }
  }

  /**
   * The place of a container that was assigned before, for a process that joins it; null when it
   * has none.
   */
  public @Nullable RdtAssignment find(String containerId) {
    Ownership record = store.find(containerId);
    return record == null ? null : assignment(record);
  }

  /**
   * Removes the groups that were made for a container, and its record; nothing when there is none.
   * A named class stays, whoever made it.
   */
  public void release(String containerId) {
    lock.lock();
    try {
      Ownership record = store.find(containerId);
      if (record != null) {
        release(record);
      }
    } finally {
      lock.unlock();
    }
  }

  private void release(Ownership record) {
    RdtAssignment place = assignment(record);
    if (record.ownsMonitoringGroup() && place.monitoringGroup() != null) {
      resctrl.remove(place.monitoringGroup());
    }
    if (record.ownsControlGroup() && !record.controlGroup().equals("/")) {
      resctrl.remove(place.controlGroup());
    }
    store.remove(record.containerId());
  }

  private RdtAssignment assignment(Ownership record) {
    Path group = resctrl.group(record.controlGroup());
    String monitoring = record.monitoringGroup();
    return new RdtAssignment(group, monitoring == null ? null : monitoringDir(group, monitoring));
  }

  private Path monitoringDir(Path group, String name) {
    resctrl.group(name);
    return group.resolve(MONITORING).resolve(name);
  }

  /** In the order of the specification; a later line is the later word. */
  private static List<String> lines(IntelRdt rdt) {
    List<String> lines = new ArrayList<>();
    if (rdt.l3CacheSchema() != null) {
      lines.add(rdt.l3CacheSchema());
    }
    String bandwidth = rdt.memBwSchema();
    if (bandwidth != null) {
      if (!bandwidth.startsWith("MB:")) {
        throw new RdtException(
            Kind.INVALID, "intelRdt.memBwSchema '" + bandwidth + "' must start with MB:");
      }
      lines.add(bandwidth);
    }
    lines.addAll(rdt.schemata());
    return lines;
  }

  private void refuseMissingResources(Schemata wanted) {
    Schemata root = resctrl.schemata(resctrl.root());
    for (String resource : wanted.resources().keySet()) {
      if (!root.resources().containsKey(resource)) {
        throw new RdtException(
            Kind.INVALID,
            "intelRdt wants the resource "
                + resource
                + "; this machine has "
                + root.resources().keySet());
      }
    }
  }
}
