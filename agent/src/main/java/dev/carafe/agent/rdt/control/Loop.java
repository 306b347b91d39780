package dev.carafe.agent.rdt.control;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.runtime.rdt.Resctrl;
import dev.carafe.runtime.rdt.ResctrlInfo;
import dev.carafe.runtime.rdt.control.BandwidthLaw;
import dev.carafe.runtime.rdt.control.Decision;
import dev.carafe.runtime.rdt.control.DomainRates;
import dev.carafe.runtime.rdt.control.Goal;
import dev.carafe.runtime.rdt.control.LawState;
import dev.carafe.runtime.rdt.control.Sample;
import dev.carafe.runtime.rdt.control.Throttle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** One run of the loop over one set of classes: counters in, MB values out. Not thread-safe. */
final class Loop {
  private static final Logger LOG = LogManager.getLogger(Loop.class);

  private static final double MIB = 1 << 20;
  private static final int PERCENT = 100;

  private final CarafeConfig.RdtController config;
  private final Resctrl resctrl;
  private final Members members;
  private final Throttle throttle;
  private final Goal goal;
  private final DomainRates rates = new DomainRates();
  private final Map<Integer, LawState> states = new TreeMap<>();
  private final Map<Integer, Integer> proposed = new HashMap<>();
  private final Map<String, Long> decisions = new TreeMap<>();

  Loop(CarafeConfig.RdtController config, Path root, Members members, Throttle throttle) {
    this.config = config;
    this.resctrl = Resctrl.open(root);
    this.members = members;
    this.throttle = throttle;
    ResctrlInfo.Bandwidth bandwidth = requireNonNull(resctrl.info().bandwidth(), "no MB");
    int step = Math.max(1, bandwidth.granularity());
    int lowest = Math.max(config.lowest(), bandwidth.minimum());
    int rounded = Math.min(PERCENT, Math.ceilDiv(lowest, step) * step);
    this.goal = new Goal(config.target() * MIB, rounded, PERCENT, step);
  }

  /** What this hardware or its mount lacks; null for nothing. */
  static @Nullable String problem(Path root) {
    Resctrl resctrl = Resctrl.open(root);
    ResctrlInfo info = resctrl.info();
    ResctrlInfo.Monitoring counts = info.monitoring();
    if (counts == null || !counts.features().contains("mbm_total_bytes")) {
      return "this hardware does not count memory bandwidth (mbm_total_bytes)";
    }
    Map<Integer, Long> values = resctrl.schemata(root).resources().get("MB");
    if (info.bandwidth() == null || values == null) {
      return "this hardware has no memory bandwidth allocation (MB)";
    }
    return values.values().stream().anyMatch(value -> value > PERCENT)
        ? "resctrl is mounted with mba_MBps, by which the kernel itself controls bandwidth"
        : null;
  }

  /** Levels in force, or in a dry run those that would be, by domain. */
  Map<Integer, Integer> levels() {
    Map<Integer, Integer> levels = new TreeMap<>();
    states.forEach((domain, state) -> levels.put(domain, state.level()));
    levels.putAll(proposed);
    return levels;
  }

  /** How many intervals were decided how. */
  Map<String, Long> decisions() {
    return decisions;
  }

  /** One interval. */
  void step() throws IOException {
    Map<Integer, Double> shielded = rates.next(resctrl.group(members.shielded()));
    Map<Integer, Double> others = new HashMap<>();
    for (String group : members.throttled()) {
      rates
          .next(resctrl.group(group))
          .forEach((domain, rate) -> others.merge(domain, rate, Double::sum));
    }
    boolean changed = false;
    for (Map.Entry<Integer, Double> entry : shielded.entrySet()) {
      int domain = entry.getKey();
      Sample sample = new Sample(entry.getValue(), others.getOrDefault(domain, 0.0));
      changed |= decide(domain, sample);
    }
    if (changed && !config.dryRun()) {
      Map<Integer, Integer> levels = new HashMap<>();
      states.forEach((domain, state) -> levels.put(domain, state.level()));
      throttle.limit(members.throttled(), levels);
    }
  }

  private boolean decide(int domain, Sample sample) {
    LawState before = states.getOrDefault(domain, LawState.initial(goal));
    Decision decision = BandwidthLaw.decide(goal, before, sample);
    decisions.merge(decision.reason().name().toLowerCase(Locale.ROOT), 1L, Long::sum);
    if (!decision.reason().acts()) {
      states.put(domain, decision.state());
      return false;
    }
    if (!config.dryRun()) {
      states.put(domain, decision.state());
      log(domain, before, decision);
      return true;
    }
    // What is not done has no effect to learn from: the next look begins anew.
    states.put(domain, LawState.initial(goal));
    Integer last = proposed.put(domain, decision.state().level());
    if (last == null || last != decision.state().level()) {
      log(domain, before, decision);
    }
    return false;
  }

  private void log(int domain, LawState before, Decision decision) {
    LOG.info(
        "rdt controller: domain {}: MB of {} from at most {} to {} %{}: {} ({} has {} MiB/s of {}, they have {})",
        domain,
        members.throttled(),
        before.level(),
        decision.state().level(),
        config.dryRun() ? " would be set (dry run)" : "",
        decision.reason().sentence(),
        config.protect(),
        Math.round(decision.shielded() / MIB),
        config.target(),
        Math.round(decision.others() / MIB));
  }
}
