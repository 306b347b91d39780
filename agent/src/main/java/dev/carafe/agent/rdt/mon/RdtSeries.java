package dev.carafe.agent.rdt.mon;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.Series;
import dev.carafe.agent.metrics.Series.Kind;
import dev.carafe.agent.metrics.Series.Sample;
import dev.carafe.runtime.rdt.RdtClasses;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.ResctrlInfo;
import dev.carafe.runtime.rdt.mon.Counters;
import dev.carafe.runtime.rdt.mon.Tenant;
import dev.carafe.runtime.rdt.mon.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The series of caches, memory bandwidth and the hardware's ids. */
public final class RdtSeries implements Metrics.Source {
  private static final List<String> TENANT =
      List.of("class", "namespace", "pod", "container", "domain");
  private static final List<String> CLASS = List.of("class", "domain");

  private final Monitoring monitoring;

  /** Series of what {@code monitoring} counts. */
  public RdtSeries(Monitoring monitoring) {
    this.monitoring = requireNonNull(monitoring, "monitoring is null");
  }

  /** By which pods ask for the class of a control group. */
  public static String className(String controlGroup) {
    if (controlGroup.equals("/")) {
      return "system/default";
    }
    return controlGroup.startsWith(RdtClasses.DEFAULT_PREFIX)
        ? controlGroup.substring(RdtClasses.DEFAULT_PREFIX.length())
        : controlGroup;
  }

  @Override
  public List<Series> read() {
    List<Series> series = new ArrayList<>();
    series.add(
        Series.counter(
            "carafe_rdt_monitoring_refused_total",
            "Containers for which there was no monitoring group.",
            (double) monitoring.refusals()));
    Resctrl resctrl = monitoring.resctrl();
    if (resctrl == null) {
      return series;
    }
    addIds(series, resctrl);
    List<Usage> usages = monitoring.usage().read();
    add(series, usages, Kind.GAUGE, "llc_occupancy_bytes", "Bytes in the L3", Counters::occupancy);
    add(
        series,
        usages,
        Kind.COUNTER,
        "mbm_local_bytes_total",
        "Bytes moved from and to the domain's own memory",
        Counters::localBytes);
    add(
        series,
        usages,
        Kind.COUNTER,
        "mbm_total_bytes_total",
        "Bytes moved from and to all memory",
        Counters::totalBytes);
    return series;
  }

  /** One series of tenants, and one of classes as a whole, which hold their tenants. */
  private static void add(
      List<Series> series,
      List<Usage> usages,
      Kind kind,
      String name,
      String help,
      Function<Counters, @Nullable Long> counter) {
    List<Sample> tenants = new ArrayList<>();
    List<Sample> classes = new ArrayList<>();
    for (Usage usage : usages) {
      String clazz = className(usage.controlGroup());
      Tenant tenant = usage.tenant();
      usage
          .domains()
          .forEach((domain, counters) -> {
            Long value = counter.apply(counters);
            if (value == null) {
              return;
            }
            double number = Counters.toDouble(value);
            String id = Integer.toString(domain);
            if (tenant == null) {
              classes.add(Sample.of(number, clazz, id));
            } else {
              tenants.add(
                  Sample.of(
                      number, clazz, tenant.namespace(), tenant.pod(), tenant.container(), id));
            }
          });
    }
    series.add(
        new Series(kind, "carafe_rdt_" + name, help + ", by monitoring group.", TENANT, tenants));
    series.add(
        new Series(
            kind, "carafe_rdt_class_" + name, help + ", by class as a whole.", CLASS, classes));
  }

  private static void addIds(List<Series> series, Resctrl resctrl) {
    ResctrlInfo info = resctrl.info();
    List<String> groups = resctrl.classes();
    boolean allocates = !info.caches().isEmpty() || info.bandwidth() != null;
    if (allocates) {
      ids(series, "closids", "Hardware classes of service", groups.size() + 1, info.classes() + 1);
    }
    ResctrlInfo.Monitoring counts = info.monitoring();
    if (counts != null) {
      int used = groups.size() + 1 + resctrl.monitoringGroups("/").size();
      for (String group : groups) {
        used += resctrl.monitoringGroups(group).size();
      }
      ids(series, "rmids", "Hardware monitoring ids", used, counts.rmids());
    }
  }

  private static void ids(List<Series> series, String name, String help, int used, int all) {
    series.add(Series.gauge("carafe_rdt_" + name + "_used", help + " in use.", used));
    series.add(
        Series.gauge(
            "carafe_rdt_" + name + "_free", help + " not in use.", Math.max(0, all - used)));
  }
}
