package dev.carafe.runtime.rdt;

import dev.carafe.runtime.rdt.RdtException.Kind;
import dev.carafe.runtime.spec.IntelRdt;
import dev.carafe.runtime.state.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives containers their place in resctrl as {@code linux.intelRdt} asks (runtime-spec 1.3,
 * config-linux.md, IntelRdt), and takes away afterwards only what was made for them: {@link
 * #assign} verifies and applies, {@link #update} changes, {@link #release} removes. What it knows
 * stands in its store, so that one process may assign and another release. Thread-safe.
 */
public final class RdtManager {
  /**
   * Two requests for one new class must not see each other half done; groups are few and made
   * seldom.
   */
  private final ReentrantLock lock = new ReentrantLock();

  private final Path root;
  private final OwnershipStore store;

  /**
   * A manager of one resctrl tree, of which a process should have only one.
   *
   * @param root where it is mounted, or may be one day
   * @param store whose groups are whose
   */
  public RdtManager(Path root, OwnershipStore store) {
    this.root = Objects.requireNonNull(root, "root");
    this.store = Objects.requireNonNull(store, "store");
  }

  /**
   * A manager whose records are files.
   *
   * @param root where resctrl is mounted, or may be one day; {@link Resctrl#find} tells
   * @param records the folder of the records, made if need be; nobody else writes there
   */
  public static RdtManager at(Path root, Path records) throws IOException {
    Files.createDirectories(records);
    return new RdtManager(root, new DirectoryOwnershipStore(records, DurableFile::replace));
  }

  /**
   * Makes or finds the container's groups. Schemata are in force when this returns, so that no
   * instruction of the container runs in another class. Repeating it after a crash is fine.
   *
   * @throws RdtException UNAVAILABLE without resctrl, NO_CLASS for a class without schema that does
   *     not exist, MISMATCH for an existing class that says something else, EXHAUSTED, INVALID or
   *     KERNEL; what was made is removed then
   */
  public RdtAssignment assign(IntelRdt rdt, String containerId) {
    RdtAssignment reserved = reserved(rdt, containerId);
    if (reserved != null) {
      return reserved;
    }
    Resctrl resctrl = Resctrl.open(root);
    RdtRequest request = RdtRequest.of(resctrl, rdt, containerId);
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

  /**
   * Most containers have a class that is there and was reserved for them: nothing is to be made.
   */
  private @Nullable RdtAssignment reserved(IntelRdt rdt, String containerId) {
    Ownership record = store.find(containerId);
    boolean plain = RdtRequest.lines(rdt).isEmpty() && !rdt.enableMonitoring();
    if (record == null || !plain || record.monitoringGroup() != null) {
      return null;
    }
    RdtAssignment place = assignment(record);
    return record.controlGroup().equals(rdt.closId()) && Resctrl.isGroup(place.controlGroup())
        ? place
        : null;
  }

  /** A group that is there already belongs to the container only if an earlier record says so. */
  private Ownership intent(RdtRequest request, String containerId, @Nullable Ownership before) {
    boolean exists = Files.isDirectory(request.group());
    boolean reserved =
        before != null && before.ownsControlGroup() && before.controlGroup().equals(request.name());
    boolean ownsControl = reserved || (!request.named() && !exists);
    boolean monitored = Files.isDirectory(monitoringDir(request.group(), containerId));
    boolean ownsMonitoring =
        request.monitor() && (!monitored || (before != null && before.ownsMonitoringGroup()));
    String monitoring = request.monitor() ? containerId : null;
    return new Ownership(
        containerId,
        request.name(),
        ownsControl,
        monitoring,
        ownsMonitoring,
        before == null ? null : before.origin());
  }

  private RdtAssignment make(RdtRequest request, Ownership intent, @Nullable Ownership before) {
    Resctrl resctrl = request.resctrl();
    RdtAssignment place = assignment(intent);
    List<Path> made = new ArrayList<>();
    try {
      if (!Files.isDirectory(request.group()) && resctrl.make(request.group())) {
        made.add(request.group());
      }
      request.fill(!made.isEmpty(), intent.ownsControlGroup());
      Path monitoring = place.monitoringGroup();
      if (monitoring != null && resctrl.make(monitoring)) {
        made.add(monitoring);
      }
      return place;
    } catch (RdtException e) {
      undo(resctrl, made, intent.containerId(), before, e);
      throw e;
    }
  }

  /** Takes back what this call made, newest first, and nothing else. */
  private void undo(
      Resctrl resctrl,
      List<Path> made,
      String containerId,
      @Nullable Ownership before,
      RdtException reason) {
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
    // Without the mount there are no groups any more: the kernel removes all with it.
    if (Resctrl.present(root)) {
      Resctrl resctrl = Resctrl.open(root);
      RdtAssignment place = assignment(record);
      if (record.ownsMonitoringGroup() && place.monitoringGroup() != null) {
        resctrl.remove(place.monitoringGroup());
      }
      if (record.ownsControlGroup()
          && !record.controlGroup().equals("/")
          && !ownedByAnother(record)) {
        resctrl.remove(place.controlGroup());
      }
    }
    store.remove(record.containerId());
  }

  private boolean ownedByAnother(Ownership record) {
    return store.all().stream()
        .anyMatch(other ->
            other.ownsControlGroup()
                && other.controlGroup().equals(record.controlGroup())
                && !other.containerId().equals(record.containerId()));
  }

  /**
   * Gives the class of service of a container other schemas ({@code update --l3-cache-schema,
   * --mem-bw-schema}); a class that others share changes for them too. Nothing changes when the
   * kernel refuses one of them.
   *
   * @param l3 a line {@code L3:...}, or null
   * @param memBw a line {@code MB:...}, or null
   * @return what the class had before, for {@link #restore}
   * @throws RdtException NO_CLASS when the container has no class, INVALID, or KERNEL
   */
  public Schemata update(String containerId, @Nullable String l3, @Nullable String memBw) {
    lock.lock();
    try {
      Resctrl resctrl = Resctrl.open(root);
      IntelRdt changed = IntelRdt.ofClass("/").with(l3, memBw);
      Schemata wanted = Schemata.parse(RdtRequest.lines(changed));
      RdtRequest.refuseMissingResources(resctrl, wanted);
      Path group = groupOf(resctrl, containerId);
      Schemata before = resctrl.schemata(group);
      try {
        write(resctrl, group, wanted);
      } catch (RdtException refused) {
        putBack(resctrl, group, before, refused);
        throw refused;
      }
      return before;
    } finally {
      lock.unlock();
    }
  }

  /** Takes an {@link #update} back, when something else of its caller's failed. */
  public void restore(String containerId, Schemata before) {
    lock.lock();
    try {
      Resctrl resctrl = Resctrl.open(root);
      write(resctrl, groupOf(resctrl, containerId), before);
    } finally {
      lock.unlock();
    }
  }

  private Path groupOf(Resctrl resctrl, String containerId) {
    Ownership record = store.find(containerId);
    if (record == null) {
      throw new RdtException(
          Kind.NO_CLASS,
          "container " + containerId + " has no class of service; it was made without intelRdt");
    }
    return resctrl.group(record.controlGroup());
  }

  private static void write(Resctrl resctrl, Path group, Schemata schemata) {
    if (!schemata.resources().isEmpty()) {
      resctrl.writeSchemata(group, schemata.lines());
    }
  }

  /** Kernels before 5.18 took the good lines of a refused write (rdtgroup_schemata_write). */
  private static void putBack(Resctrl resctrl, Path group, Schemata before, RdtException reason) {
    try {
      if (!resctrl.schemata(group).equals(before)) {
        write(resctrl, group, before);
      }
    } catch (RdtException e) {
      reason.addSuppressed(e);
    }
  }

  private RdtAssignment assignment(Ownership record) {
    Path group = Resctrl.group(root, record.controlGroup());
    String monitoring = record.monitoringGroup();
    return new RdtAssignment(group, monitoring == null ? null : monitoringDir(group, monitoring));
  }

  private Path monitoringDir(Path group, String name) {
    Resctrl.group(root, name);
    return group.resolve(RdtRequest.MONITORING).resolve(name);
  }
}
