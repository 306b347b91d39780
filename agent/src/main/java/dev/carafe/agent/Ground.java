package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.event.NodeEventSeries;
import dev.carafe.agent.event.NodeEvents;
import dev.carafe.agent.metrics.Metrics;
import dev.carafe.agent.metrics.MetricsServer;
import dev.carafe.agent.oci.HostFacts;
import dev.carafe.runtime.cgroup.CgroupDriver;
import dev.carafe.runtime.cgroup.CgroupLayout;
import dev.carafe.runtime.lsm.AppArmor;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of an agent stand on: settings, threads, and what the host is.
 *
 * @param config what was in force at the start
 * @param reload what is in force now
 * @param workers a virtual thread for each task
 * @param scrapes where Prometheus asks; null if nowhere
 * @param version of this build
 */
record Ground(
    CarafeConfig config,
    Reload reload,
    InstantSource clock,
    NodeEvents nodeEvents,
    ExecutorService workers,
    @Nullable MetricsServer scrapes,
    Metrics metrics,
    CgroupLayout layout,
    CgroupDriver driver,
    HostFacts host,
    AppArmor appArmor,
    String version) {

  /**
   * Looks at the host.
   *
   * @param source where the configuration was read from, and is again at a reload
   */
  static Ground lay(
      CarafeConfig config,
      Reload.Source source,
      InstantSource clock,
      ExecutorService workers,
      String version)
      throws IOException, InterruptedException {
    NodeEvents nodeEvents = new NodeEvents(clock);
    MetricsServer scrapes = MetricsServer.start(config.metrics().address(), workers);
    Metrics metrics = MetricsServer.metrics(scrapes);
    NodeEventSeries eventSeries = new NodeEventSeries();
    nodeEvents.follow(0, eventSeries);
    metrics.register(eventSeries);
    CgroupLayout layout = CgroupLayout.detect(config.runtime().cgroupRoot());
    return new Ground(
        config,
        new Reload(config, source, clock, nodeEvents),
        clock,
        nodeEvents,
        workers,
        scrapes,
        metrics,
        layout,
        CgroupDrivers.choose(config.runtime(), layout),
        HostFacts.read(config.runtime().cgroupRoot()),
        AppArmor.ofKernel(),
        version);
  }
}
