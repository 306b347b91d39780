package dev.carafe.agent;

import dev.carafe.agent.config.CarafeConfig;
import dev.carafe.agent.rdt.RdtPlacement;
import dev.carafe.agent.rdt.control.BandwidthController;
import dev.carafe.agent.rdt.mon.Monitoring;
import dev.carafe.agent.rdt.mon.RdtSeries;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Classes and their monitoring.
 *
 * @param placement which class a container is in
 * @param monitoring what its class and group have used
 */
record RdtParts(RdtPlacement placement, Monitoring monitoring) {

  /** Takes over what an earlier agent left in the resctrl file system. */
  static RdtParts open(Ground ground) throws IOException, InterruptedException {
    CarafeConfig config = ground.config();
    BandwidthController.recover(
        config.rdt().resctrlRoot(), Directories.rdtThrottled(config.state()));
    RdtPlacement placement =
        RdtPlacement.of(
            config.rdt(),
            Directories.rdt(config.root()),
            Directories.rdtGroups(config.state()),
            ground.nodeEvents());
    Monitoring monitoring =
        Monitoring.open(
            config.rdtMonitoring(),
            config.rdt().resctrlRoot(),
            Directories.rdtMonitoring(config.state()),
            ground.nodeEvents());
    ground.metrics().register(new RdtSeries(monitoring));
    return new RdtParts(placement, monitoring);
  }

  /** Starts what keeps classes to their bandwidth; null where the configuration asks for none. */
  @Nullable BandwidthController control(Ground ground) throws IOException {
    CarafeConfig config = ground.config();
    BandwidthController controller =
        BandwidthController.start(
            config.rdtController(),
            config.rdt().resctrlRoot(),
            Directories.rdtThrottled(config.state()),
            () -> placement.view().classes());
    if (controller != null) {
      ground.metrics().register(controller);
    }
    return controller;
  }
}
