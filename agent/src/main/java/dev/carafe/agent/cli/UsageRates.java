package dev.carafe.agent.cli;

import dev.carafe.agent.admin.v1.DomainUsage;
import dev.carafe.agent.admin.v1.GroupUsage;
import dev.carafe.agent.admin.v1.ReadUsageResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Two looks at the counters of a node, and what was used between them. */
final class UsageRates {
  private static final double NANOS = 1e9;

  private UsageRates() {}

  /**
   * A line of the view.
   *
   * @param who {@code class_name} is empty in the sum of a pod over its classes
   * @param domains by L3 domain
   */
  record Row(Who who, Map<Integer, Use> domains) {
    /** Of all domains. */
    Use sum() {
      return domains.values().stream().reduce(new Use(0, 0, 0), Use::plus);
    }
  }

  /** Whose line it is; pod and container are empty for a class as a whole. */
  record Who(String className, String namespace, String pod, String container) {
    boolean isClass() {
      return pod.isEmpty();
    }
  }

  /**
   * What was used.
   *
   * @param occupancy bytes in the cache at the second look
   * @param local bytes per second from and to own memory
   * @param total bytes per second from and to all memory
   */
  record Use(double occupancy, double local, double total) {
    Use plus(Use other) {
      return new Use(occupancy + other.occupancy, local + other.local, total + other.total);
    }
  }

  /**
   * The lines: each class, the busiest first, and after it who is counted in it; at the end the
   * sums of pods that are in several classes. A group that is in one look only has no line.
   */
  static List<Row> between(ReadUsageResponse first, ReadUsageResponse second) {
    Map<Who, GroupUsage> before = new HashMap<>();
    first.getGroupsList().forEach(group -> before.put(who(group), group));
    Map<String, List<Row>> byClass = new LinkedHashMap<>();
    List<Row> classes = new ArrayList<>();
    for (GroupUsage group : second.getGroupsList()) {
      GroupUsage earlier = before.get(who(group));
      if (earlier == null || group.getNanos() <= earlier.getNanos()) {
        continue;
      }
      Row row = new Row(who(group), uses(earlier, group));
      if (row.who().isClass()) {
        classes.add(row);
      } else {
        byClass.computeIfAbsent(group.getClassName(), name -> new ArrayList<>()).add(row);
      }
    }
    return ordered(classes, byClass);
  }

  private static List<Row> ordered(List<Row> classes, Map<String, List<Row>> byClass) {
    Comparator<Row> busiest =
        Comparator.comparingDouble((Row row) -> row.sum().total())
            .reversed()
            .thenComparing(row -> row.who().toString());
    List<Row> rows = new ArrayList<>();
    classes.stream()
        .sorted(busiest)
        .forEach(row -> {
          rows.add(row);
          byClass.getOrDefault(row.who().className(), List.of()).stream()
              .sorted(busiest)
              .forEach(rows::add);
        });
    rows.addAll(sums(byClass));
    return rows;
  }

  /** A pod in several classes has a group in each; this is the pod. */
  private static List<Row> sums(Map<String, List<Row>> byClass) {
    Map<Who, List<Row>> pods = new LinkedHashMap<>();
    for (List<Row> rows : byClass.values()) {
      for (Row row : rows) {
        Who pod = new Who("", row.who().namespace(), row.who().pod(), "");
        pods.computeIfAbsent(pod, who -> new ArrayList<>()).add(row);
      }
    }
    List<Row> sums = new ArrayList<>();
    pods.forEach((pod, rows) -> {
      if (rows.stream().map(row -> row.who().className()).distinct().count() > 1) {
        Map<Integer, Use> domains = new TreeMap<>();
        rows.forEach(row -> row.domains().forEach((id, use) -> domains.merge(id, use, Use::plus)));
        sums.add(new Row(pod, domains));
      }
    });
    return sums;
  }

  private static Who who(GroupUsage group) {
    return new Who(
        group.getClassName(), group.getNamespace(), group.getPod(), group.getContainer());
  }

  private static Map<Integer, Use> uses(GroupUsage first, GroupUsage second) {
    double seconds = (second.getNanos() - first.getNanos()) / NANOS;
    Map<Integer, DomainUsage> before = new HashMap<>();
    first.getDomainsList().forEach(domain -> before.put(domain.getId(), domain));
    Map<Integer, Use> uses = new TreeMap<>();
    for (DomainUsage now : second.getDomainsList()) {
      DomainUsage then = before.getOrDefault(now.getId(), now);
      uses.put(
          now.getId(),
          new Use(
              now.getOccupancy(),
              rate(then.hasLocalBytes(), then.getLocalBytes(), now.getLocalBytes(), seconds),
              rate(then.hasTotalBytes(), then.getTotalBytes(), now.getTotalBytes(), seconds)));
    }
    return uses;
  }

  /** A counter that went back belongs to a new group of the same name. */
  private static double rate(boolean known, long before, long now, double seconds) {
    long moved = now - before;
    return known && moved > 0 ? moved / seconds : 0;
  }
}
