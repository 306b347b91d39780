package dev.carafe.runtime.rdt.mon;

import static java.util.Objects.requireNonNull;

import dev.carafe.runtime.rdt.Resctrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads all counters of a node, at most once in a while however many ask: a read interrupts CPUs.
 * Blocks for the time of the reads. Thread-safe.
 */
public final class UsageReader {
  private final ReentrantLock lock = new ReentrantLock();
  private final Path root;
  private final @Nullable MonitoringGroups groups;
  private final Duration freshness;
  private List<Usage> last = List.of();
  private long lastNanos;
  private boolean hasLast;

  /**
   * A reader.
   *
   * @param root where resctrl is mounted, or may be one day
   * @param groups null for the classes alone
   * @param freshness how old an answer may be
   */
  public UsageReader(Path root, @Nullable MonitoringGroups groups, Duration freshness) {
    this.root = requireNonNull(root, "root is null");
    this.groups = groups;
    this.freshness = requireNonNull(freshness, "freshness is null");
  }

  /** Each class as a whole, then each monitoring group; empty without resctrl. */
  public List<Usage> read() {
    lock.lock();
    try {
      if (!hasLast || System.nanoTime() - lastNanos > freshness.toNanos()) {
        last = List.copyOf(fresh());
        lastNanos = System.nanoTime();
        hasLast = true;
      }
      return last;
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read the counters below " + root, failure);
    } finally {
      lock.unlock();
    }
  }

  private List<Usage> fresh() throws IOException {
    List<Usage> usages = new ArrayList<>();
    if (!Resctrl.present(root)) {
      return usages;
    }
    Resctrl resctrl = Resctrl.open(root);
    add(usages, "/", null, root);
    for (String name : resctrl.classes()) {
      add(usages, name, null, resctrl.group(name));
    }
    Set<Path> seen = new HashSet<>();
    for (Member member : groups == null ? List.<Member>of() : groups.members()) {
      Path dir = requireNonNull(groups, "groups is null").dir(member);
      if (seen.add(dir)) {
        add(usages, member.controlGroup(), tenant(member), dir);
      }
    }
    return usages;
  }

  private static void add(
      List<Usage> usages, String controlGroup, @Nullable Tenant tenant, Path dir)
      throws IOException {
    var domains = Counters.read(dir);
    if (!domains.isEmpty()) {
      usages.add(new Usage(controlGroup, tenant, System.nanoTime(), domains));
    }
  }

  /** Of a group that a pod's containers share, no container's name is right. */
  private static Tenant tenant(Member member) {
    Tenant tenant = member.tenant();
    boolean own = member.group().endsWith(tenant.containerId());
    return own ? tenant : new Tenant("", tenant.podId(), tenant.namespace(), tenant.pod(), "");
  }
}
