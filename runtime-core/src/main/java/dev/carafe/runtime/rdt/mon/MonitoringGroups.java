package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.rdt.Resctrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Monitoring groups for containers or pods, one in each control group that they have tasks in. A
 * record precedes each group, and only what a record calls ours is ever removed. Thread-safe.
 */
public final class MonitoringGroups {
  private static final String PREFIX = "carafe-";
  private static final String MONITORING = "mon_groups";

  /**
   * RMIDs whose cache lines are not gone yet are worth a short wait (10 + 20 + 40 ms), not a slow
   * start of a container.
   */
  private static final int BUSY_TRIES = 4;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Member> members = new ConcurrentHashMap<>();
  private final Path root;
  private final MemberStore store;
  private final Scope scope;

  /** Who shares a group. */
  public enum Scope {
    /** Each container has its own. */
    CONTAINER,
    /** Containers of one pod in one control group have one together. */
    POD
  }

  private MonitoringGroups(Path root, MemberStore store, Scope scope) {
    this.root = root;
    this.store = store;
    this.scope = scope;
  }

  /**
   * The groups of one resctrl tree, with what an earlier process recorded.
   *
   * @param root where it is mounted, or may be one day
   * @param records a folder that a reboot empties, made if need be
   * @param scope of groups that are made from now on
   */
  public static MonitoringGroups open(Path root, Path records, Scope scope) throws IOException {
    requireNonNull(root, "root is null");
    requireNonNull(scope, "scope is null");
    MonitoringGroups groups = new MonitoringGroups(root, new MemberStore(records), scope);
    for (Member member : groups.store.all()) {
      groups.members.put(member.tenant().containerId(), member);
    }
    return groups;
  }

  /**
   * Makes the container's group, or finds it. Its processes are in it once they wrote themselves
   * into {@link #tasks}. Repeating it is fine.
   *
   * @param controlGroup the name of the container's control group, {@code /} for the root one
   * @throws dev.carafe.runtime.rdt.RdtException EXHAUSTED when the hardware has no monitoring id
   *     left, UNAVAILABLE or KERNEL; nothing is left of the attempt then
   */
  public Member join(Tenant tenant, String controlGroup) {
    Resctrl resctrl = Resctrl.open(root);
    String name = PREFIX + (scope == Scope.POD ? tenant.podId() : tenant.containerId());
    lock.lock();
    try {
      Member before = members.get(tenant.containerId());
      if (before != null && !before.controlGroup().equals(controlGroup)) {
        release(tenant.containerId());
      }
      Member wanted = new Member(tenant, controlGroup, name, owned(controlGroup, name));
      store.put(wanted);
      members.put(tenant.containerId(), wanted);
      try {
        resctrl.make(dir(wanted), BUSY_TRIES);
      } catch (RuntimeException refused) {
        forget(tenant.containerId());
        throw refused;
      }
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  /** A group that is there is ours only if a record says so. */
  private boolean owned(String controlGroup, String name) {
    for (Member member : members.values()) {
      if (member.controlGroup().equals(controlGroup) && member.group().equals(name)) {
        return member.owned();
      }
    }
    return !Files.isDirectory(Resctrl.group(root, controlGroup).resolve(MONITORING).resolve(name));
  }

  /** Who is monitored, in any order. */
  public List<Member> members() {
    return List.copyOf(members.values());
  }

  /**
   * The files into which a process of this container writes {@code 0} before it has threads, in
   * this order: first its control group's, for only a task that is in it can join the monitoring
   * group.
   *
   * @return null when the container is not monitored
   */
  public @Nullable List<Path> tasks(String containerId) {
    Member member = members.get(containerId);
    return member == null
        ? null
        : List.of(
            Resctrl.group(root, member.controlGroup()).resolve("tasks"),
            dir(member).resolve("tasks"));
  }

  /** The group's directory. */
  public Path dir(Member member) {
    return Resctrl.group(root, member.controlGroup()).resolve(MONITORING).resolve(member.group());
  }

  /** Takes a container out, and removes the group with its last one; none is fine. */
  public void release(String containerId) {
    lock.lock();
    try {
      Member member = members.get(containerId);
      if (member == null) {
        return;
      }
      boolean shared =
          members.values().stream()
              .anyMatch(other ->
                  !other.tenant().containerId().equals(containerId) && other.shares(member));
      if (member.owned() && !shared && Resctrl.present(root)) {
        Resctrl.open(root).remove(dir(member));
      }
      forget(containerId);
    } finally {
      lock.unlock();
    }
  }

  /** Releases every container but these, at a start: what a killed process left. */
  public void retain(Set<String> containerIds) {
    for (String recorded : new ArrayList<>(members.keySet())) {
      if (!containerIds.contains(recorded)) {
        release(recorded);
      }
    }
  }

  private void forget(String containerId) {
    store.remove(containerId);
    members.remove(containerId);
  }
}
